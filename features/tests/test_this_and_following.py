"""This and following occurrences."""

from pytest_bdd import scenarios

scenarios("this_and_following.feature")
