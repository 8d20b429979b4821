"""Messages that cannot be read."""

from pytest_bdd import scenarios

scenarios("poison.feature")
