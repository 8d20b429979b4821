"""All-day events."""

from pytest_bdd import scenarios

scenarios("all_day.feature")
