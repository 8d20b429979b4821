"""Conditional requests."""

from pytest_bdd import scenarios

scenarios("conditional_requests.feature")
