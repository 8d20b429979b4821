"""Reading notifications."""

from pytest_bdd import scenarios

scenarios("inbox.feature")
