"""The IDs of events."""

from uuid import UUID

from calendar_api.events.models import new_event_id


def test_generated_ids_are_ordered_by_time() -> None:
    ids = [new_event_id("ann") for _ in range(100)]
    assert ids == sorted(set(ids))
    assert {each.version for each in ids} == {7}


def test_an_idempotency_key_determines_the_id() -> None:
    # The literal ID: with another one, a retry during an upgrade would create a second event.
    assert new_event_id("ann", "one") == UUID("a469c17e-04a3-50d4-ade9-f506e7a73b2b")
    others = {new_event_id("ann", "two"), new_event_id("bob", "one"), new_event_id("an", "none")}
    assert len(others - {new_event_id("ann", "one")}) == 3
