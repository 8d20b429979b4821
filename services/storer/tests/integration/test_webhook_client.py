"""Receivers that misbehave on the wire: each attempt has a result, in bounded time and memory."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from calendar_storer.webhooks import client as client_module
from calendar_storer.webhooks.client import WebhookClient, open_client, tls_context
from calendar_storer.webhooks.results import TIMEOUT_SECONDS, Failure, Result
from tests.integration.certificates import server_context, write_authority
from tests.integration.receiver import Answer, Receiver, endless, raw, receiving, silence, status

OK = b"HTTP/1.1 200 OK\r\n"
SHORT_SECONDS = 0.5


@pytest.fixture
async def client() -> AsyncIterator[WebhookClient]:
    async with open_client(tls_context(None)) as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "TIMEOUT_SECONDS", SHORT_SECONDS)


async def post(client: WebhookClient, receiver: Receiver) -> Result:
    headers = {"webhook-id": "a"}
    return await client.post(receiver.url, body=b"{}", headers=headers)


@pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
async def test_2xx_is_success(client: WebhookClient, receiver: Receiver, code: int) -> None:
    receiver.answer_with(status(code))

    assert await post(client, receiver) == Result()


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (300, Failure.REDIRECT),
        (304, Failure.REDIRECT),
        (400, Failure.CLIENT_ERROR),
        (404, Failure.CLIENT_ERROR),
        (410, Failure.GONE),
        (429, Failure.TOO_MANY_REQUESTS),
        (500, Failure.SERVER_ERROR),
        (503, Failure.SERVER_ERROR),
        (999, Failure.SERVER_ERROR),
    ],
)
async def test_any_other_status_is_a_failure(
    client: WebhookClient, receiver: Receiver, code: int, failure: Failure
) -> None:
    receiver.answer_with(status(code))

    assert await post(client, receiver) == Result(failure=failure, detail=f"status {code}")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_redirect_is_not_followed(
    client: WebhookClient, receiver: Receiver, code: int
) -> None:
    async with receiving() as other:
        receiver.answer_with(status(code, f"location: {other.url}"))

        assert (await post(client, receiver)).failure == Failure.REDIRECT

    assert other.requests == []


async def test_receiver_can_ask_for_time(client: WebhookClient, receiver: Receiver) -> None:
    receiver.answer_with(status(429, "retry-after: 120"))

    assert (await post(client, receiver)).retry_after == 120


@pytest.mark.parametrize(
    "answer",
    [
        raw(b""),
        raw(b"\x00\xff\x16\x03garbage\r\n\r\n"),
        raw(b"HTTP/1.1 OK\r\n\r\n"),
        raw(b"HTTP/1.1 200"),
        raw(OK + b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello"),
        raw(OK + b"x" * 100_000 + b"\r\n\r\n"),
        endless(OK, b"x-more: " + b"x" * 1000 + b"\r\n"),
        endless(b"HTTP/1.1 200 " + b"x" * 1000, b"x" * 1000),
    ],
    ids=[
        *("closes", "garbage", "no status", "half a line", "two lengths", "long line"),
        *("endless headers", "endless reason"),
    ],
)
async def test_answer_that_is_not_http_is_a_failure(
    client: WebhookClient, receiver: Receiver, answer: Answer
) -> None:
    receiver.answer_with(answer)

    result = await post(client, receiver)

    assert result.failure in {Failure.INVALID_ANSWER, Failure.CONNECTION}


@pytest.mark.parametrize(
    "answer",
    [
        raw(OK + b"content-length: 100\r\n\r\nhalf"),
        raw(OK + b"content-encoding: gzip\r\ncontent-length: 3\r\n\r\nxyz"),
        endless(OK + b"\r\n", b"x" * 10_000),
        endless(OK + b"transfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["closes in the body", "not gzip", "endless body", "endless chunks"],
)
async def test_status_counts_whatever_follows_it(
    client: WebhookClient, receiver: Receiver, answer: Answer
) -> None:
    receiver.answer_with(answer)

    # Well before the attempt's own time is up.
    async with asyncio.timeout(TIMEOUT_SECONDS - 2):
        assert await post(client, receiver) == Result()


@pytest.mark.usefixtures("_impatient")
async def test_body_that_never_ends_holds_nothing_up(
    client: WebhookClient, receiver: Receiver
) -> None:
    receiver.answer_with(endless(OK + b"content-length: 99\r\n\r\n", b""))

    assert await post(client, receiver) == Result()


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    "answer",
    [silence, endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n")],
    ids=["silent", "endless hints"],
)
async def test_receiver_without_an_answer_times_out(
    client: WebhookClient, receiver: Receiver, answer: Answer
) -> None:
    receiver.answer_with(answer)

    assert (await post(client, receiver)).failure == Failure.TIMEOUT


async def test_receiver_that_is_away_is_a_failure(client: WebhookClient) -> None:
    async with receiving() as gone:
        pass

    result = await post(client, gone)

    assert result.failure == Failure.CONNECTION
    assert "hook" not in result.detail


async def test_unknown_host_is_a_failure(client: WebhookClient) -> None:
    result = await client.post("http://receiver.invalid/secret-path", body=b"{}", headers={})

    assert result.failure == Failure.CONNECTION
    assert "secret-path" not in result.detail


async def test_connection_is_used_again(client: WebhookClient, receiver: Receiver) -> None:
    for _ in range(5):
        await post(client, receiver)

    assert receiver.connections == 1


async def test_private_authority_is_trusted_where_it_is_configured(tmp_path: Path) -> None:
    authority = write_authority(tmp_path)
    async with (
        receiving(tls=server_context(tmp_path)) as receiver,
        open_client(tls_context(authority)) as trusting,
        open_client(tls_context(None)) as ignorant,
    ):
        assert await post(trusting, receiver) == Result()
        refused = await post(ignorant, receiver)

    assert refused.failure == Failure.TLS
    assert "certificate" in refused.detail
    assert len(receiver.requests) == 1


async def test_certificate_of_another_host_is_refused(tmp_path: Path) -> None:
    authority = write_authority(tmp_path, host="192.0.2.1")
    async with (
        receiving(tls=server_context(tmp_path)) as receiver,
        open_client(tls_context(authority)) as client,
    ):
        assert (await post(client, receiver)).failure == Failure.TLS

    assert receiver.requests == []


def test_context_verifies_names_and_certificates() -> None:
    context = tls_context(None)

    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
