"""Many connections whose clients are slow, held open as long as a block lasts."""

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

PAUSE_SECONDS = 1.0


def allow_open_files(needed: int) -> None:
    """Raise this process's limit of open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        pytest.skip(f"needs {needed} open files; the limit of this machine is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))


@contextmanager
def slow_clients(port: int, count: int, *, first: bytes, again: bytes) -> Iterator[None]:
    """Clients that send `first` when they connect, and `again` every second."""
    is_over = Event()
    with ExitStack() as stack:
        clients = []
        for _ in range(count):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            _send(client, first)
            clients.append(client)

        def go_on() -> None:
            while not is_over.wait(PAUSE_SECONDS):
                for client in clients:
                    _send(client, again)

        thread = Thread(target=go_on)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()


def _send(client: socket.socket, data: bytes) -> None:
    if data:
        with suppress(OSError):  # The server has closed the connection to make room.
            client.sendall(data)


def resident_mib(pid: int) -> float:
    """The process's memory."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    [line] = [line for line in lines if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024
