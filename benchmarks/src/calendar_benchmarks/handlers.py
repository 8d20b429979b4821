"""What the API is measured against: bare handlers and peers, each one process with one worker."""

import os
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

from calendar_benchmarks.server import Server, serve
from calendar_benchmarks.stage import ROOT, Stage
from calendar_local.ports import HOST, free_port

_SOURCES: Final = Path(__file__).parents[1]
_PEERS: Final = ROOT / "benchmarks"
_API_PYTHON: Final = ROOT / "services/api/.venv/bin/python"


def bare(stage: Stage, *, dsn: str) -> AbstractAsyncContextManager[Server]:
    """The bare handlers, on the API's own Python and uvicorn."""
    return _uvicorn(
        stage, "calendar_benchmarks.bare:app", python=_API_PYTHON, folder=_SOURCES, dsn=dsn
    )


def plain(stage: Stage, *, dsn: str) -> AbstractAsyncContextManager[Server]:
    """Create and list as most people would write them, with FastAPI and SQLAlchemy."""
    return _uvicorn(stage, "peers.plain:app", python=Path(sys.executable), folder=_PEERS, dsn=dsn)


def radicale(stage: Stage) -> AbstractAsyncContextManager[Server]:
    """Radicale as its package comes, with files for its storage; anybody may log in."""
    port = free_port()
    return serve(
        *(sys.executable, "-m", "radicale", f"--server-hosts={HOST}:{port}"),
        *("--auth-type=none", f"--storage-filesystem-folder={stage.home / f'radicale-{port}'}"),
        "--logging-level=error",
        name="radicale",
        port=port,
        folder=stage.home,
        ready="/.web/",
    )


def _uvicorn(
    stage: Stage, application: str, *, python: Path, folder: Path, dsn: str
) -> AbstractAsyncContextManager[Server]:
    port = free_port()
    return serve(
        *(python, "-m", "uvicorn", application, f"--port={port}", f"--app-dir={folder}"),
        *("--loop=uvloop", "--http=httptools", "--no-access-log", "--log-level=warning"),
        name=application.partition(":")[0],
        port=port,
        folder=stage.home,
        environment=os.environ | {"DATABASE_DSN": dsn},
    )
