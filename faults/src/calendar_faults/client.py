"""Calls the API like a client, and records every call with its outcome."""

import random
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from calendar_faults import http
from calendar_faults.documents import content_of, document
from calendar_faults.history import Call, Content, Operation, Outcome
from calendar_faults.recorder import Recorder
from calendar_faults.waiting import wait_until

CLIENT_SECONDS: Final = 12.0
"""The client's time limit; the API has five seconds, and the machine may stall for as long."""

EVENTS: Final = "/v1/events"

LONGEST_WINDOW: Final = timedelta(days=366)
"""By the contract."""

PAST: Final = timedelta(days=2)
"""All events of a run are newer."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A state of an event, as a client has seen it."""

    version: int
    etag: str


class EventsClient:
    """Distributes its requests over several APIs, like a load balancer."""

    def __init__(self, recorder: Recorder, urls: Sequence[str]) -> None:
        self.urls = list(urls)
        self.invalid_answers: list[str] = []
        """Answers that break the contract during any fault."""
        self._recorder = recorder

    async def create(self, user: str, events: Mapping[UUID, Content]) -> Operation:
        """Create one event, or several in a batch."""
        documents = [{"id": str(id_), **document(content)} for id_, content in events.items()]
        path, body = f"{EVENTS}/batch", {"events": documents}
        if len(documents) == 1:
            path, body = EVENTS, documents[0]
        return await self._call("create", "POST", path, user=user, events=events, body=body)

    async def create_acknowledged(self, user: str, events: Mapping[UUID, Content]) -> None:
        """Create, and retry until it is acknowledged.

        Raises:
            AssertionError: it was not.
        """

        async def is_created() -> bool:
            return (await self.create(user, events)).outcome == "ok"

        await wait_until(is_created, seconds=5, what=f"events of {user} are created")

    async def change(
        self,
        user: str,
        event: UUID,
        content: Content,
        *,
        patch: Mapping[str, Any] | None = None,
        if_match: Revision | None = None,
    ) -> Operation:
        """Replace an event by `content`; if `patch` is given, it is sent instead."""
        return await self._call(
            "change",
            "PUT" if patch is None else "PATCH",
            f"{EVENTS}/{event}",
            user=user,
            events={event: content},
            body=document(content) if patch is None else patch,
            if_match=if_match,
        )

    async def delete(
        self, user: str, event: UUID, *, if_match: Revision | None = None
    ) -> Operation:
        """Delete an event."""
        path = f"{EVENTS}/{event}"
        return await self._call(
            "delete", "DELETE", path, user=user, events={event: None}, if_match=if_match
        )

    async def exclude(
        self, user: str, event: UUID, content: Content, *, occurrence: datetime
    ) -> Operation:
        """Delete one occurrence of a series; `content` is the series without it."""
        return await self._call(
            "change",
            "DELETE",
            f"{EVENTS}/{event}/occurrences/{occurrence.isoformat()}",
            user=user,
            events={event: content},
            occurrence=occurrence,
        )

    async def read(self, user: str, event: UUID) -> Operation:
        """Read an event; the operation has the answer."""
        return await self._call("read", "GET", f"{EVENTS}/{event}", user=user, events={event: None})

    async def read_all(self, user: str, events: Collection[UUID]) -> None:
        """Read the list of a user's events, and record a read of each of these.

        Raises:
            AssertionError: the API did not return the list.
        """
        invoked = self._recorder.now()
        found = await self._list(user, begin=invoked - PAST)
        for stranger in found.keys() - set(events):
            self.invalid_answers.append(f"{user} has an event that was not created: {stranger}")
        completed = self._recorder.now()
        for event in events:
            stored = found.get(event)
            self._recorder.add(
                Operation(
                    number=self._recorder.number(),
                    user=user,
                    call="read",
                    events={event: content_of(stored) if stored else None},
                    invoked=invoked,
                    completed=completed,
                    outcome="ok",
                    status=200 if stored else 404,
                    versions={event: stored["version"]} if stored else {},
                )
            )

    async def _list(self, user: str, *, begin: datetime) -> dict[UUID, dict[str, Any]]:
        query = {
            "from": begin.isoformat(),
            "to": (begin + LONGEST_WINDOW).isoformat(),
            "expand": "false",
        }
        found: dict[UUID, dict[str, Any]] = {}
        while True:
            url = f"{random.choice(self.urls)}{EVENTS}?{urlencode(query)}"  # noqa: S311
            page = await wait_until(
                partial(_page, url, user=user), seconds=5, what=f"the list of {user} can be read"
            )
            found |= {UUID(item["id"]): item for item in page["items"]}
            if page["next_cursor"] is None:
                return found
            query["cursor"] = page["next_cursor"]

    async def _call(
        self,
        call: Call,
        method: str,
        path: str,
        *,
        user: str,
        events: Mapping[UUID, Content | None],
        body: Any = None,
        occurrence: datetime | None = None,
        if_match: Revision | None = None,
    ) -> Operation:
        headers = {"X-User-Id": user}
        if if_match is not None:
            headers["If-Match"] = if_match.etag
        number, invoked = self._recorder.number(), self._recorder.now()
        answer: http.Answer | None = None
        outcome: Outcome = "unknown"
        try:
            url = f"{random.choice(self.urls)}{path}"  # noqa: S311
            answer = await http.call(
                method, url, headers=headers, body=body, seconds=CLIENT_SECONDS
            )
            outcome = outcome_of(call, answer.status)
            self._check_answer(answer, f"{method} {path}")
        except http.NotSent:
            outcome = "unsent"
        except http.NoAnswer:
            pass
        operation = Operation(
            number=number,
            user=user,
            call=call,
            events=_read_of(answer, events) if call == "read" else dict(events),
            occurrence=occurrence,
            if_match=if_match.version if if_match else None,
            invoked=invoked,
            completed=self._recorder.now(),
            outcome=outcome,
            status=answer.status if answer else None,
            versions=_versions(answer) if answer and answer.status < 300 else {},
            etag=answer.headers.get("etag") if answer and answer.status < 300 else None,
        )
        self._recorder.add(operation)
        return operation

    def _check_answer(self, answer: http.Answer, what: str) -> None:
        if answer.status < 400:
            return
        kind = answer.headers.get("content-type", "")
        if not kind.startswith("application/problem+json"):
            self.invalid_answers.append(
                f"{what}: {answer.status} as {kind!r}: {answer.body[:200]!r}"
            )
        if answer.status == 503 and "retry-after" not in answer.headers:
            self.invalid_answers.append(f"{what}: 503 without Retry-After")
        if answer.status in {500, 501, 502, 504}:
            self.invalid_answers.append(f"{what}: {answer.status}: {answer.body[:200]!r}")


async def _page(url: str, *, user: str) -> Any:
    """One page of a list; `None` if there is no clear answer."""
    with suppress(http.NotSent, http.NoAnswer):
        answer = await http.call("GET", url, headers={"X-User-Id": user}, seconds=CLIENT_SECONDS)
        return answer.json() if answer.status == 200 else None


def outcome_of(call: Call, status: int) -> Outcome:
    """The outcome that a client concludes from a status."""
    if status < 400 or (call == "read" and status == 404):
        return "ok"
    return "refused" if status < 500 else "unknown"


def _read_of(
    answer: http.Answer | None, events: Mapping[UUID, Content | None]
) -> dict[UUID, Content | None]:
    if answer is None or answer.status != 200:
        return dict(events)
    return {event: content_of(answer.json()) for event in events}


def _versions(answer: http.Answer) -> dict[UUID, int]:
    if not answer.body:
        return {}
    body = answer.json()
    return {UUID(item["id"]): item["version"] for item in body.get("items", [body])}
