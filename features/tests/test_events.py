"""Events."""

from pytest_bdd import scenarios

scenarios("events.feature")
