"""Watching notifications."""

from pytest_bdd import scenarios

scenarios("stream.feature")
