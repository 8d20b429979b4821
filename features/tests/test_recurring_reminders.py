"""Reminders of series."""

from pytest_bdd import scenarios

scenarios("recurring_reminders.feature")
