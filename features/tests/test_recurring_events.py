"""Recurring events."""

from pytest_bdd import scenarios

scenarios("recurring_events.feature")
