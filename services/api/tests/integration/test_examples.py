"""The examples of the OpenAPI document are what the API takes and returns."""

from typing import Any

import pytest
from tests.integration.client import User

from calendar_api.events.examples import COMPONENTS

OF_THE_SERVER = {"id", "user_id", "created_at", "updated_at"}


def example(name: str) -> Any:
    return COMPONENTS[name]["value"]


def said(event: dict[str, Any]) -> dict[str, Any]:
    """The members that depend on nothing but the request."""
    return {name: value for name, value in event.items() if name not in OF_THE_SERVER}


def create(api: User, name: str) -> dict[str, Any]:
    response = api.post("/v1/events", json=example(name))
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


@pytest.mark.parametrize(
    ("sent", "returned"),
    [
        ("NewSingleEvent", "SingleEvent"),
        ("NewZonedEvent", "ZonedEvent"),
        ("NewAllDayEvent", "AllDayEvent"),
        ("NewSeries", "Series"),
    ],
)
def test_new_event_is_returned_as_the_example_says(api: User, sent: str, returned: str) -> None:
    created = create(api, sent)
    assert created.keys() == example(returned).keys() | OF_THE_SERVER
    assert said(created) == said(example(returned))


@pytest.mark.parametrize(
    "patch", ["ChangeTime", "ChangeReminders", "ChangeToAllDay", "ClearLocation"]
)
def test_patch_of_the_example_is_accepted(api: User, patch: str) -> None:
    path = f"/v1/events/{create(api, 'NewSingleEvent')['id']}"
    assert api.patch(path, json=example(patch)).json()["version"] == 2


def test_rule_of_the_example_is_accepted(api: User) -> None:
    path = f"/v1/events/{create(api, 'NewSeries')['id']}"
    changed = api.patch(path, json=example("ChangeRule")).json()
    assert changed["recurrence"]["rule"] == example("ChangeRule")["recurrence"]["rule"]


def test_occurrences_are_as_the_examples_say(api: User) -> None:
    path = f"/v1/events/{create(api, 'NewSeries')['id']}"
    occurrence = f"{path}/occurrences/{example('ChangedOccurrence')['recurrence_id']}"
    assert said(api.get(occurrence).json()) == said(example("ChangedOccurrence"))

    page = example("TwoWeeks")
    window = {"from": page["from"], "to": page["to"]}
    listed = api.get(f"{path}/occurrences", params=window).json()
    assert [said(each) for each in listed.pop("items")] == [said(each) for each in page["items"]]
    assert listed.items() <= page.items()

    assert api.patch(occurrence, json=example("ResetOccurrence")).json()["title"] == "Choir"
    assert api.patch(occurrence, json=example("ChangeOccurrence")).json()["version"] == 3


def test_split_is_as_the_example_says(api: User) -> None:
    path = f"/v1/events/{create(api, 'NewSeries')['id']}"
    split = api.post(f"{path}/split", json=example("SplitSeries"))
    assert said(split.json()) == said(example("FollowingSeries"))


def test_week_is_as_the_example_says(api: User) -> None:
    for name in ("NewSingleEvent", "NewAllDayEvent", "NewSeries"):
        create(api, name)
    page = example("Week")
    listed = api.get("/v1/events/week", params={"start": page["from"][:10]}).json()
    assert [said(each) for each in listed.pop("items")] == [said(each) for each in page["items"]]
    assert listed.items() <= page.items()
