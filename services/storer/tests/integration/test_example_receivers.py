"""The receivers of docs/webhooks.md accept what the Storer sends, once, and nothing else."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from calendar_storer.webhooks import payload
from calendar_storer.webhooks.client import WebhookClient, open_client, tls_context
from calendar_storer.webhooks.signing import parse_secrets, signed_headers
from tests.conftest import notification
from tests.integration.receiver import SECRET
from tests.integration.waiting import eventually

ROOT = Path(__file__).parents[4]
FOLDER = ROOT / "deploy/receiver"
# Where `make install` puts Node.js.
NODE = ROOT / "clients/.venv/bin/node"

EXAMPLES = [
    pytest.param([sys.executable, "receiver.py"], id="python"),
    pytest.param(
        [str(NODE), "--disable-warning=ExperimentalWarning", "receiver.ts"],
        id="typescript",
        marks=pytest.mark.skipif(
            not NODE.exists(), reason="Node.js is not installed: make install"
        ),
    ),
]


class Example:
    """A running receiver."""

    def __init__(self, output: Path, port: int) -> None:
        self._output = output
        self.url = f"http://127.0.0.1:{port}/"

    async def has_printed(self, *bodies: bytes) -> None:
        """Returns when these are its output."""

        async def lines() -> bool:
            return self._output.read_bytes().splitlines() == [*bodies]

        await eventually(lines)


@pytest.fixture
async def client() -> AsyncIterator[WebhookClient]:
    async with open_client(tls_context(None)) as opened:
        yield opened


@pytest.fixture(params=EXAMPLES)
async def example(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Example]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    path = tmp_path / "output"
    with path.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *request.param,
            cwd=FOLDER,
            env=os.environ | {"SECRET": SECRET, "PORT": str(port)},
            stdout=output,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def is_listening() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    await eventually(is_listening)
    yield Example(path, port)
    process.kill()
    await process.wait()


async def send(
    client: WebhookClient, example: Example, body: bytes, *, sent_as: str, **changes: object
) -> str:
    """Sends a webhook that may be changed after it was signed; what came of it."""
    timestamp = int(time.time()) - int(str(changes.pop("age", 0)))
    headers = signed_headers(
        parse_secrets(f"{SECRET} {SECRET}"), message_id=sent_as, timestamp=timestamp, body=body
    )
    sent = {name: str(value) for name, value in (dict(headers) | changes).items()}
    return (await client.post(example.url, body=body, headers=sent)).detail


async def test_repeat_is_dropped(client: WebhookClient, example: Example) -> None:
    first, second = (
        payload.encode(each, stored_at=each.notify_at)
        for each in (notification(title="Zahnärztin"), notification())
    )
    for _ in range(3):
        assert await send(client, example, first, sent_as="1") == ""
    assert await send(client, example, second, sent_as="2") == ""

    await example.has_printed(first, second)


async def test_what_is_not_signed_is_refused(client: WebhookClient, example: Example) -> None:
    forged = {"webhook-signature": f"v1,{'A' * 43}= v2,x"}
    assert await send(client, example, b"{}", sent_as="1", **forged) == "status 400"
    assert await send(client, example, b"{}", sent_as="1", **{"webhook-id": "2"}) == "status 400"
    assert await send(client, example, b"{}", sent_as="1", age=600) == "status 400"

    assert await send(client, example, b"{}", sent_as="1") == ""
    await example.has_printed(b"{}")


@pytest.mark.parametrize("name", ["receiver.py", "receiver.ts"])
def test_document_shows_the_example(name: str) -> None:
    document = (ROOT / "docs/webhooks.md").read_text("utf-8")

    assert (FOLDER / name).read_text("utf-8") in document
