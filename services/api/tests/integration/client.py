"""A user of the API, and the events that users make."""

import time
from typing import Any
from uuid import uuid4

import requests

START = "2026-11-23T07:00:00Z"


def event(**changes: Any) -> dict[str, Any]:
    """An event as a client sends it; `None` clears, as it does in the API."""
    return {"title": "Dentist", "starts_at": START, "duration": "PT45M"} | changes


class User(requests.Session):
    """One user's calls, in the user's own name."""

    def __init__(self, url: str, name: str | None = None) -> None:
        super().__init__()
        self.url = url
        self.name = name or f"user-{uuid4()}"
        self.headers["X-User-Id"] = self.name

    def request(self, method: str, url: str, *args: Any, **options: Any) -> requests.Response:  # type: ignore[override]
        """As in requests, but under `/v1` of the service and never for longer than 30 s."""
        if url.startswith("/"):
            url = self.url + url
        options["timeout"] = 30
        return super().request(method, url, *args, **options)

    def create(self, **changes: Any) -> dict[str, Any]:
        """A stored event."""
        response = self.post("/v1/events", json=event(**changes))
        assert response.status_code == 201, response.text
        created: dict[str, Any] = response.json()
        return created

    def patch_event(self, event_id: str, **changes: Any) -> dict[str, Any]:
        """The event with some fields changed."""
        response = self.patch(f"/v1/events/{event_id}", json=changes)
        assert response.status_code == 200, response.text
        changed: dict[str, Any] = response.json()
        return changed

    def listed(self, path: str = "", **query: Any) -> list[dict[str, Any]]:
        """The items of all pages of a list."""
        items: list[dict[str, Any]] = []
        while True:
            response = self.get(f"/v1/events{path}", params=query)
            assert response.status_code == 200, response.text
            page = response.json()
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            query["cursor"] = page["next_cursor"]


def calls(id_: str) -> list[tuple[str, str, dict[str, Any] | None]]:
    """One call of each kind: two that read, two that create, three that change that event."""
    path = f"/v1/events/{id_}"
    return [
        ("GET", path, None),
        ("GET", "/v1/events/day?date=2026-11-23", None),
        ("POST", "/v1/events", event()),
        ("POST", "/v1/events/batch", {"events": [event(), event()]}),
        ("PUT", path, event(title="x")),
        ("PATCH", path, {"title": "x"}),
        ("DELETE", path, None),
    ]


def timed(user: User, method: str, path: str, body: Any) -> tuple[float, requests.Response]:
    """How many seconds a call took, over a connection of its own, and its answer."""
    started = time.monotonic()
    response = requests.request(
        method, user.url + path, json=body, headers={"X-User-Id": user.name}, timeout=30
    )
    return time.monotonic() - started, response
