"""A project with fake services, and ways to run `calendar_local` on it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from calendar_local.ports import free_port
from calendar_local.postgres import BINARIES
from calendar_local.services import SERVICES

CALENDAR_LOCAL = Path(sys.executable).with_name("calendar_local")
STAND_IN = Path(__file__).with_name("stand_in.py")


def wait_for(condition: Callable[[], bool], *, what: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} seconds")
        time.sleep(0.05)


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=60) as response:  # noqa: S310
        return json.load(response)


def psql(dsn: str, statement: str) -> str:
    return subprocess.check_output([BINARIES / "psql", "-qAt", dsn, "-c", statement], text=True)


class Project:
    """A folder with `services/*/.venv/bin/*`, and optionally a running `calendar_local`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.run_env = root / ".local" / "run.env"
        self.output = root / "output.txt"
        self.environment = os.environ | {
            service.port_variable: str(free_port()) for service in SERVICES
        }
        self._process: subprocess.Popen[bytes] | None = None
        for service in SERVICES:
            program = service.program(root)
            program.parent.mkdir(parents=True)
            program.write_text(f"#!{sys.executable}\n{STAND_IN.read_text()}")
            program.chmod(0o755)

    def call(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [CALENDAR_LOCAL, "--root", self.root, *arguments],
            env=self.environment | environment,
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def begin(self, *arguments: str) -> subprocess.Popen[bytes]:
        return self._begin(CALENDAR_LOCAL, "--root", self.root, *arguments)

    def begin_in_background(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Begin like a script with `&`: its shell ignores SIGINT, and so does what it starts."""
        ignore = 'trap "" INT; exec "$@"'
        return self._begin(
            "sh", "-c", ignore, "sh", CALENDAR_LOCAL, "--root", self.root, *arguments
        )

    def _begin(self, *command: str | Path) -> subprocess.Popen[bytes]:
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                env=self.environment,
                cwd=self.root,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return self._process

    def start(self, command: str = "run") -> dict[str, str]:
        """Start `run` or `stack`, wait for run.env and return its variables."""
        before = time.time()
        process = self.begin(command)
        wait_for(
            lambda: self._published_since(before) or process.poll() is not None,
            what="run.env is there",
        )
        assert process.poll() is None, self.output.read_text()
        return dict(line.split("=", 1) for line in self.run_env.read_text().splitlines())

    def _published_since(self, moment: float) -> bool:
        """Whether run.env is new; a killed run leaves an old one."""
        return self.run_env.exists() and self.run_env.stat().st_mtime >= moment

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        assert self._process is not None
        return self._process.wait(timeout=90)

    def processes(self) -> list[str]:
        """Return the command lines of all processes with this folder in their arguments."""
        lines = []
        for process in psutil.process_iter(["cmdline"]):
            line = " ".join(process.info["cmdline"] or [])
            if str(self.root) in line:
                lines.append(line)
        return lines

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.end()
