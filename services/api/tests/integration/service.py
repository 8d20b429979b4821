"""The real executable, run as an operator runs it, and what can be asked of it."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import requests

EXECUTABLE = Path(sys.executable).with_name("calendar")
START_SECONDS = 60.0
STOP_SECONDS = 10.0


def wait_until(is_so: Callable[[], Any], *, seconds: float = 30.0, what: str = "") -> Any:
    """The first true answer of `is_so`; fails where there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := is_so()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or is_so}")
        time.sleep(0.02)
    return answer


def free_port() -> int:
    """A port that nobody listens on right now.

    Below those that kernels give out: nobody else comes by it before the service has started.
    """
    while True:
        port = random.choice(range(20_000, 32_000))
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port that is ours, so that nobody listens on it as long as the block lasts."""
    with socket.socket() as owner:
        owner.bind(("127.0.0.1", 0))
        yield owner.getsockname()[1]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the executable to its end."""
    return subprocess.run(
        [EXECUTABLE, *arguments],
        env=_environment(environment),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


def migrate(dsn: str) -> None:
    """Brings the tables up to date."""
    done = run("migrate", CALENDAR_DATABASE__DSN=dsn)
    assert done.returncode == 0, done.stdout + done.stderr


def _environment(settings: dict[str, str]) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.upper().startswith("CALENDAR_")}
    return inherited | settings


class Service:
    """A running API."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._log = log

    def log_text(self) -> str:
        """All that it has said."""
        return self._log.read_text(encoding="utf-8")

    def log_lines(self, event: str | None = None) -> list[dict[str, Any]]:
        """Its log so far, or the lines of one event. The last line may still be on its way."""
        whole_lines = self.log_text().rpartition("\n")[0].splitlines()
        lines = [json.loads(line) for line in whole_lines]
        return [line for line in lines if event in {None, line["event"]}]

    def answers(self, path: str, status: int) -> bool:
        """Whether `path` is answered with `status` right now."""
        try:
            return requests.get(self.url + path, timeout=30).status_code == status
        except requests.ConnectionError:
            return False

    def exchange(self, sent: bytes) -> bytes:
        """All that comes back for bytes that no client library would send, until the end."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(sent)
            received = b""
            while piece := connection.recv(65_536):
                received += piece
            return received

    def announce(self, path: str, length: int) -> tuple[int, bytes]:
        """Status and body of the answer to a body of this length, of which nothing is sent."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.putrequest("POST", path)
            connection.putheader("Content-Length", str(length))
            connection.endheaders()
            response = connection.getresponse()
            return response.status, response.read()

    def wait_until_alive(self) -> None:
        """Returns once it listens; fails at once where it has ended instead."""

        def is_decided() -> bool:
            return self.answers("/healthz", 200) or self.process.poll() is not None

        wait_until(is_decided, seconds=START_SECONDS, what="alive")
        assert self.process.poll() is None, self.log_text()

    def wait_until_ready(self) -> None:
        """Returns once it and its database answer."""
        wait_until(lambda: self.answers("/readyz", 200), seconds=START_SECONDS, what="ready")

    def terminate(self) -> int:
        """Sends SIGTERM and gives the exit code, where it comes in time."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)


@contextmanager
def serving(
    dsn: str, folder: Path, *, max_open_files: int | None = None, **environment: str
) -> Iterator[Service]:
    """A running API, which is ended with the block."""
    few_files = [] if max_open_files is None else ["prlimit", f"--nofile={max_open_files}"]
    port = free_port()
    log = folder / f"calendar-{port}.log"
    settings = {
        "CALENDAR_DATABASE__DSN": dsn,
        "CALENDAR_HTTP__PORT": str(port),
        **environment,
    }
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [*few_files, EXECUTABLE],
            env=_environment(settings),
            stdout=out,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        service = Service(process, port, log)
        try:
            service.wait_until_alive()
            yield service
        finally:
            process.kill()
