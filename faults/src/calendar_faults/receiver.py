"""A receiver of webhooks: verifies each signature, records what it gets, and may misbehave."""

import asyncio
import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from calendar_faults.history import Webhook
from calendar_faults.proxy import Proxy
from calendar_faults.recorder import Recorder
from calendar_local.ports import HOST, free_port

TOLERANCE: Final = timedelta(minutes=5)
"""How old a signature may be, as Standard Webhooks recommends."""

ACCEPTED: Final = 204
UNAUTHORIZED: Final = 401


class Receiver:
    """The receiver of one endpoint, behind a proxy that injects faults of its network."""

    def __init__(self, name: str, *, recorder: Recorder) -> None:
        self.name = name
        self.status: int | None = ACCEPTED
        """The answer to a webhook; `None` leaves it without one."""
        self.refuses = False
        """Whether it need not accept everything by the end of the run."""
        self.accepted: dict[UUID, datetime] = {}
        """When each notification was accepted first."""
        self.attempts = 0
        self.invalid: list[str] = []
        """Webhooks that do not follow Standard Webhooks."""
        self._recorder = recorder
        self._key = secrets.token_bytes(24)
        self._port = free_port()
        self.proxy = Proxy(listen=free_port(), connect=self._port)

    @property
    def settings(self) -> Mapping[str, str]:
        """The endpoint in the settings of a storer."""
        return {
            "name": self.name,
            "url": f"http://{HOST}:{self.proxy.port}/",
            "secret": f"whsec_{base64.b64encode(self._key).decode()}",
        }

    async def run(self, listening: asyncio.Event) -> None:
        """Receive until cancelled."""
        server = await asyncio.start_server(self._serve, HOST, self._port)
        async with self.proxy.running():
            listening.set()
            try:
                await server.serve_forever()
            finally:
                self.proxy.disconnect()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                headers = {
                    name.lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])
                }
                status = self._receive(
                    headers, await reader.readexactly(int(headers["content-length"]))
                )
                if status is not None:
                    writer.write(f"HTTP/1.1 {status} -\r\nContent-Length: 0\r\n\r\n".encode())
                    await writer.drain()
                if headers.get("connection") == "close":
                    break
        writer.transport.abort()

    def _receive(self, headers: Mapping[str, str], body: bytes) -> int | None:
        """Verify and record a webhook; returns the status of the answer, if there is one."""
        self.attempts += 1
        try:
            webhook_id = self._verified(headers, body)
        except (KeyError, ValueError) as error:
            self.invalid.append(f"{self.name}: {error!r}: {dict(headers)}, {body!r}")
            return UNAUTHORIZED
        webhook = Webhook(
            endpoint=self.name,
            webhook_id=webhook_id,
            body=body.decode(),
            at=self._recorder.now(),
            accepted=self.status == ACCEPTED,
        )
        self._recorder.add(webhook)
        if webhook.accepted:
            self.accepted.setdefault(webhook_id, webhook.at)
        return self.status

    def _verified(self, headers: Mapping[str, str], body: bytes) -> UUID:
        webhook_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
        content = f"{webhook_id}.{timestamp}.".encode() + body
        digest = hmac.digest(self._key, content, "sha256")
        if headers["webhook-signature"] != f"v1,{base64.b64encode(digest).decode()}":
            raise ValueError("the signature is wrong")
        if abs(self._recorder.now().timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
            raise ValueError("the timestamp is too old")
        if headers["content-type"] != "application/json":
            raise ValueError("it is not JSON")
        return UUID(webhook_id)


def webhooks_setting(receivers: list[Receiver]) -> str:
    """The environment variable's value that makes a storer deliver to all of them."""
    return json.dumps([dict(receiver.settings) for receiver in receivers])
