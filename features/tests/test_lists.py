"""Lists."""

from pytest_bdd import scenarios

scenarios("lists.feature")
