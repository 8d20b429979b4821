"""A receiver of webhooks that scenarios program and query: `python -m calendar_features.receiver`.

With a command after `--`, it listens on a free port and runs the command in an environment in which
a Storer sends its webhooks there.
"""

import argparse
import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from calendar_features.documents import Document

ENDPOINTS: Final = {"first": 1, "second": 2, "third": 1, "silent": 1, "gone": 1}
"""The endpoints that a system under test is configured with, and how many secrets each has."""

SILENT: Final = "silent"
GONE: Final = "gone"

Answer = Mapping[str, Any]
"""`status`, `headers`, `size` of the body; or `raw`, sent instead before the connection ends."""


def secrets(endpoint: str) -> list[str]:
    """The secrets of an endpoint, in the form of Standard Webhooks."""
    keys = (hashlib.sha256(f"{endpoint} {n}".encode()).digest() for n in range(ENDPOINTS[endpoint]))
    return [f"whsec_{base64.b64encode(key).decode()}" for key in keys]


def settings(url: str) -> list[dict[str, str]]:
    """The setting `storer.webhooks` for a receiver at this URL."""
    return [
        {"name": name, "url": f"{url}/{name}", "secret": " ".join(secrets(name))}
        for name in ENDPOINTS
    ]


class Receiver(ThreadingHTTPServer):
    """`POST /{endpoint}` receives, `GET /{endpoint}` lists what was received.

    `PUT /{endpoint}?user_id=…` says how to answer the next request about that user.
    """

    request_queue_size = 128

    def __init__(self, host: str, port: int) -> None:
        super().__init__((host, port), _Handler)
        self.requests: dict[str, list[Document]] = defaultdict(list)
        """By endpoint."""
        self.answers: dict[tuple[str, str], deque[Answer]] = defaultdict(deque)
        """By endpoint and user ID. When there is none left: 200."""
        self.url = f"http://{host}:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Reports errors, but not that a client has closed a connection."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        endpoint, body = self._endpoint(), self._body()
        user = json.loads(body)["data"]["user_id"]
        request = {
            "user_id": user,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": base64.b64encode(body).decode(),
            "received_at": datetime.now(UTC).isoformat(),
        }
        self.server.requests[endpoint].append(request)
        if endpoint == SILENT:
            self.connection.recv(1)  # until the client gives up
            self.close_connection = True
        elif endpoint == GONE:
            self._answer({"status": HTTPStatus.GONE})
        else:
            answers = self.server.answers[endpoint, user]
            self._answer(answers.popleft() if answers else {})

    def do_PUT(self) -> None:
        [user] = self._users()
        self.server.answers[self._endpoint(), user].append(json.loads(self._body()))
        self._answer({})

    def do_GET(self) -> None:
        users = self._users()
        requests = [
            request
            for request in self.server.requests[self._endpoint()]
            if not users or request["user_id"] in users
        ]
        headers = {"Content-Type": "application/json"}
        self._send(HTTPStatus.OK, headers, json.dumps(requests).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Writes nothing: the scenarios report what they miss."""

    def _answer(self, answer: Answer) -> None:
        if "raw" in answer:
            self.wfile.write(answer["raw"].encode())
            self.close_connection = True
        else:
            status, headers = answer.get("status", HTTPStatus.OK), answer.get("headers", {})
            self._send(status, headers, b"x" * answer.get("size", 0))

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _endpoint(self) -> str:
        return urlsplit(self.path).path.removeprefix("/")

    def _users(self) -> list[str]:
        return parse_qs(urlsplit(self.path).query).get("user_id", [])

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))


def run(command: Sequence[str], receiver: Receiver) -> int:
    """Runs a command whose Storer sends its webhooks to the receiver; returns the exit code."""
    variables = {
        "RECEIVER_URL": receiver.url,
        "CALENDAR_STORER__WEBHOOKS": json.dumps(settings(receiver.url)),
    }
    process = subprocess.Popen(command, env=os.environ | variables)  # noqa: S603 - given on the command line
    # The terminal sends Ctrl-C to both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    code = process.wait()
    return code if code >= 0 else 128 - code


def main() -> None:
    """Runs the receiver."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("command", nargs="*")
    arguments = parser.parse_args()
    with Receiver(arguments.host, arguments.port) as receiver:
        if not arguments.command:
            receiver.serve_forever()
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        sys.exit(run(arguments.command, receiver))


if __name__ == "__main__":
    main()
