"""HTTP."""

from pytest_bdd import scenarios

scenarios("http.feature")
