"""A receiver accepts and records only what is signed, and answers as it is told."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from calendar_faults import http
from calendar_faults.history import Webhook
from calendar_faults.receiver import Receiver
from calendar_faults.recorder import Recorder

ID = UUID(int=7)
BODY = {"type": "notification.due"}
SECONDS = 30.0


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver("crm", recorder=Recorder())
    listening = asyncio.Event()
    task = asyncio.create_task(receiver.run(listening))
    await listening.wait()
    yield receiver
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def recorded(receiver: Receiver) -> list[Webhook]:
    return [line for line in receiver._recorder.lines if isinstance(line, Webhook)]


async def post(
    receiver: Receiver, *, age: float = 0, key: bytes | None = None, seconds: float = SECONDS
) -> int:
    """The status of the answer to a signed webhook."""
    secret = receiver.settings["secret"].removeprefix("whsec_")
    timestamp = str(int(Recorder().now().timestamp() - age))
    content = f"{ID}.{timestamp}.{json.dumps(BODY)}".encode()
    digest = hmac.digest(key or base64.b64decode(secret), content, "sha256")
    headers = {
        "webhook-id": str(ID),
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
    answer = await http.call(
        "POST", receiver.settings["url"], headers=headers, body=BODY, seconds=seconds
    )
    return answer.status


async def test_what_is_signed_is_accepted_and_recorded(receiver: Receiver) -> None:
    assert await post(receiver) == 204

    [webhook] = recorded(receiver)
    assert (webhook.webhook_id, webhook.body) == (ID, json.dumps(BODY))
    assert webhook.accepted
    assert receiver.invalid == []


async def test_what_is_signed_with_another_key_is_refused(receiver: Receiver) -> None:
    assert await post(receiver, key=b"another key") == 401

    assert recorded(receiver) == []
    [sentence] = receiver.invalid
    assert "the signature is wrong" in sentence


async def test_what_was_signed_long_ago_is_refused(receiver: Receiver) -> None:
    assert await post(receiver, age=600) == 401

    assert recorded(receiver) == []
    assert receiver.invalid


async def test_another_answer_is_recorded_as_not_accepted(receiver: Receiver) -> None:
    receiver.status = 503
    assert await post(receiver) == 503

    [webhook] = recorded(receiver)
    assert not webhook.accepted


async def test_without_an_answer_the_client_waits(receiver: Receiver) -> None:
    receiver.status = None

    with pytest.raises(http.NoAnswer):
        await post(receiver, seconds=0.5)

    assert receiver.attempts == 1
