"""Steps of webhooks.feature."""

import json
from typing import Final

from pytest_bdd import scenarios, then
from system import System

from calendar_features.traffic import Client
from calendar_features.waiting import wait_until

scenarios("webhooks.feature")

TIMEOUT: Final = 60
"""Seconds."""


@then("the receiver prints each event of Alice once")
def prints(alice: Client, system: System) -> None:
    wait_until(
        lambda: alice.created <= set(_printed(system, alice)),
        seconds=TIMEOUT,
        what=f"all {len(alice.created)} events of {alice.user} in the receiver's log",
        interval=0.5,
    )
    assert sorted(_printed(system, alice)) == sorted(alice.created)


def _printed(system: System, client: Client) -> list[str]:
    """Return the event IDs that the receiver has printed for a user."""
    messages = [json.loads(line) for line in system.log("receiver") if line.startswith("{")]
    data = [message["data"] for message in messages if message["type"] == "notification.due"]
    return [each["event_id"] for each in data if each["user_id"] == client.user]
