"""Batches."""

from pytest_bdd import scenarios

scenarios("batch.feature")
