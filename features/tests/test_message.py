"""Messages."""

from pytest_bdd import scenarios

scenarios("message.feature")
