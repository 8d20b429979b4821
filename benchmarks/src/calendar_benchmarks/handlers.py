"""The servers that API and Storer are compared with, each one process with one worker."""

import os
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

from calendar_benchmarks.sandbox import ROOT, Sandbox
from calendar_benchmarks.servers import Server, serve
from calendar_local.ports import free_port

# The events of the API, into the table of `plain`.
COPY_TO_PLAIN: Final = """
INSERT INTO plain_events
    (id, user_id, title, description, starts_at, ends_at, notify_before, version)
SELECT id, user_id, title, description, starts_at, ends_at, notify_before, version FROM events
"""

_SOURCES: Final = Path(__file__).parents[1]
_PEERS: Final = ROOT / "benchmarks"


def bare(
    sandbox: Sandbox, *, dsn: str, service: str = "api"
) -> AbstractAsyncContextManager[Server]:
    """The bare handler of a service, on its own Python, uvicorn and event loop."""
    return _uvicorn(
        sandbox,
        f"calendar_benchmarks.bare_{service}:app",
        python=ROOT / f"services/{service}/.venv/bin/python",
        folder=_SOURCES,
        dsn=dsn,
        loop="uvloop" if service == "api" else "asyncio",
    )


def plain(sandbox: Sandbox, *, dsn: str) -> AbstractAsyncContextManager[Server]:
    """The API as most people would write it, with FastAPI and SQLAlchemy."""
    return _uvicorn(sandbox, "peers.plain:app", python=Path(sys.executable), folder=_PEERS, dsn=dsn)


def _uvicorn(
    sandbox: Sandbox,
    application: str,
    *,
    python: Path,
    folder: Path,
    dsn: str,
    loop: str = "uvloop",
) -> AbstractAsyncContextManager[Server]:
    port = free_port()
    return serve(
        *(python, "-m", "uvicorn", application, f"--port={port}", f"--app-dir={folder}"),
        *(f"--loop={loop}", "--http=httptools", "--no-access-log", "--log-level=warning"),
        name=application.partition(":")[0],
        port=port,
        folder=sandbox.home,
        environment=os.environ | {"DATABASE_DSN": dsn},
    )
