"""Users."""

from pytest_bdd import scenarios

scenarios("users.feature")
