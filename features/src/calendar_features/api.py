"""HTTP client for the REST APIs: records all responses and checks what every response must have."""

import json
from collections.abc import Mapping
from typing import Any, Final

import requests

from calendar_features.user_ids import UserIds

_TIMEOUT: Final = 30
"""Per request. Services respond within 5 seconds, but the machine under test may stall."""

EVENT_STREAM: Final = "text/event-stream"

_MAX_BODY: Final = 2_000
"""Maximum number of body characters in a transcript."""


class Api:
    """Sends the requests of one scenario, to the API or to another service with a REST API."""

    def __init__(
        self, urls: Mapping[str, str], *, session: requests.Session, user_ids: UserIds
    ) -> None:
        self._urls = urls
        self._session = session
        self._user_ids = user_ids
        self.responses: list[requests.Response] = []

    @property
    def last(self) -> requests.Response:
        """The most recent response."""
        return self.responses[-1]

    def call(
        self,
        method: str,
        path: str,
        *,
        service: str = "API",
        user: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        **options: Any,
    ) -> requests.Response:
        """Sends one request on behalf of a user, or without a user.

        `body` is sent as JSON; `options` are passed to `requests`.

        Raises:
            AssertionError: the response violates a rule that holds for every response.
        """
        defaults = {"X-User-Id": self._user_ids[user]} if user else {}
        if body is not None:
            defaults["Content-Type"] = "application/json"
            options["data"] = json.dumps(body)
        response = self._session.request(
            method,
            self._urls[service] + path,
            headers=defaults | dict(headers or {}),
            timeout=_TIMEOUT,
            allow_redirects=False,
            **options,
        )
        self.responses.append(response)
        _check_common_rules(response)
        return response

    def transcript(self) -> str:
        """The last requests and responses, and the IDs to search for in the service logs."""
        ids = [response.headers.get("X-Request-Id", "none") for response in self.responses]
        logged = f"User IDs: {self._user_ids}; request IDs: {', '.join(ids)}"
        return "\n\n".join([*map(_describe, self.responses[-3:]), logged])


def _check_common_rules(response: requests.Response) -> None:
    assert response.headers.get("X-Request-Id"), "X-Request-Id is missing"
    assert response.headers.get("Cache-Control") == "private, no-cache"
    assert "X-User-Id" in response.headers.get("Vary", "").split(", ")
    assert response.status_code < 500, f"{response.status_code}: {response.text}"
    if response.status_code >= 400 and response.request.method != "HEAD":
        problem = response.json()
        assert response.headers["Content-Type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "instance"} <= problem.keys()
        assert problem["status"] == response.status_code
        assert response.status_code != 422 or all(
            {"loc", "msg", "type"} <= error.keys() for error in problem["errors"]
        )


def _describe(response: requests.Response) -> str:
    request = response.request
    sent = (
        request.body.decode(errors="replace") if isinstance(request.body, bytes) else request.body
    )
    return "\n".join(
        [
            f"{request.method} {request.url}",
            *(f"  {name}: {value}" for name, value in request.headers.items()),
            f"  {str(sent or '')[:_MAX_BODY]}",
            f"→ {response.status_code} {response.reason}",
            *(f"  {name}: {value}" for name, value in response.headers.items()),
            f"  {_body(response)[:_MAX_BODY]}",
        ]
    )


def _body(response: requests.Response) -> str:
    # The text of an open stream is complete only when it ends.
    is_stream = response.headers.get("Content-Type", "").startswith(EVENT_STREAM)
    return "(a stream)" if is_stream else response.text
