"""Time zones."""

from pytest_bdd import scenarios

scenarios("time_zones.feature")
