"""Several reminders."""

from pytest_bdd import scenarios

scenarios("several_reminders.feature")
