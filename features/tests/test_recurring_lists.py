"""Lists with series."""

from pytest_bdd import scenarios

scenarios("recurring_lists.feature")
