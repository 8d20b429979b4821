"""Operations."""

from pytest_bdd import scenarios

scenarios("operations.feature")
