"""Creating twice."""

from pytest_bdd import scenarios

scenarios("idempotent_create.feature")
