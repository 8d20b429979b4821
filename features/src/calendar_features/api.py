"""A client of the REST API that keeps every request with its answer, and checks every answer."""

import json
from collections.abc import Mapping
from typing import Any, Final

import requests

from calendar_features.people import People

_SECONDS: Final = 30
"""For one request. The API promises an answer within five, but the machine may stand still."""

_SHOWN: Final = 2_000
"""Characters of a body that a transcript shows."""


class Api:
    """Speaks HTTP for the people of one scenario."""

    def __init__(self, url: str, *, session: requests.Session, people: People) -> None:
        self._url = url
        self._session = session
        self._people = people
        self.answers: list[requests.Response] = []

    @property
    def last(self) -> requests.Response:
        """The last answer."""
        return self.answers[-1]

    def call(
        self,
        method: str,
        path: str,
        *,
        who: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        **options: Any,
    ) -> requests.Response:
        """Sends one request in a person's name, or in nobody's.

        `body` is a document to be sent as JSON, `options` are those of `requests`.

        Raises:
            AssertionError: the answer breaks what is promised for every answer.
        """
        own = {"X-User-Id": self._people[who]} if who else {}
        if body is not None:
            own["Content-Type"] = "application/json"
            options["data"] = json.dumps(body)
        answer = self._session.request(
            method,
            self._url + path,
            headers=own | dict(headers or {}),
            timeout=_SECONDS,
            allow_redirects=False,
            **options,
        )
        self.answers.append(answer)
        _check_promises(answer)
        return answer

    def transcript(self) -> str:
        """The last requests and answers, with the IDs to look for in the services' logs."""
        ids = [answer.headers.get("X-Request-Id", "none") for answer in self.answers]
        logged = f"In the logs: users: {self._people}; requests: {', '.join(ids)}"
        return "\n\n".join([*map(_describe, self.answers[-3:]), logged])


def _check_promises(answer: requests.Response) -> None:
    assert answer.headers.get("X-Request-Id"), "every answer carries X-Request-Id"
    assert answer.status_code < 500, f"{answer.status_code}: {answer.text}"
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        problem = answer.json()
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "instance"} <= problem.keys()
        assert problem["status"] == answer.status_code
        assert answer.status_code != 422 or all(
            {"loc", "msg", "type"} <= error.keys() for error in problem["errors"]
        )


def _describe(answer: requests.Response) -> str:
    asked = answer.request
    sent = asked.body.decode(errors="replace") if isinstance(asked.body, bytes) else asked.body
    return "\n".join(
        [
            f"{asked.method} {asked.url}",
            *(f"  {name}: {value}" for name, value in asked.headers.items()),
            f"  {str(sent or '')[:_SHOWN]}",
            f"→ {answer.status_code} {answer.reason}",
            *(f"  {name}: {value}" for name, value in answer.headers.items()),
            f"  {answer.text[:_SHOWN]}",
        ]
    )
