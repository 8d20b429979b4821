"""Errors."""

from pytest_bdd import scenarios

scenarios("errors.feature")
