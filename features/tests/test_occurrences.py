"""Occurrences."""

from pytest_bdd import scenarios

scenarios("occurrences.feature")
