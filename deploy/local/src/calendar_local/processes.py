"""Child processes: start, watch, stop, and clean up after a killed run.

Each child has its own session, so that Ctrl-C reaches only this process, which stops them in order.
"""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from calendar_local import privileges
from calendar_local.errors import PartFailedError

_PR_SET_PDEATHSIG = 1
_POLL_INTERVAL = 0.05
# Start times can differ by clock adjustments.
_SAME_START_SECONDS = 2.0

_libc = ctypes.CDLL(None)


class Child:
    """A long-running process whose output goes to a log file.

    `record` is a file with the PID while the process runs, for `end_leftovers`.
    """

    def __init__(self, name: str, *, log: Path, record: Path) -> None:
        self.name = name
        self.log = log
        self._record = record
        self._process: asyncio.subprocess.Process | None = None
        self._end_signal = signal.SIGTERM

    async def start(
        self,
        *command: str | Path,
        env: Mapping[str, str] | None = None,
        end_signal: signal.Signals = signal.SIGTERM,
        unprivileged: bool = False,
    ) -> None:
        """Start the process; `end_signal` requests a graceful stop."""
        self._end_signal = end_signal
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_prepare_child(end_signal, unprivileged=unprivileged),
            )
        with suppress(psutil.NoSuchProcess):  # it may have exited already
            began = psutil.Process(self._process.pid).create_time()
            self._record.write_text(f"{self._process.pid} {began} {int(end_signal)}\n")

    async def until_ready(self, ready: Callable[[], Awaitable[bool]], *, seconds: float) -> None:
        """Wait until `ready` returns true.

        Raises:
            PartFailedError: the process exited, or was not ready in time.
        """
        try:
            async with asyncio.timeout(seconds):
                while not await ready():
                    if self.pid is None:
                        await self.watch()
                    await asyncio.sleep(_POLL_INTERVAL)
        except TimeoutError as error:
            raise PartFailedError(
                f"{self.name} was not ready within {seconds:.0f} seconds.", self.log
            ) from error

    async def watch(self) -> None:
        """Wait until the process exits unexpectedly, and raise PartFailedError."""
        code = await self._process.wait() if self._process else None
        raise PartFailedError(f"{self.name} exited unexpectedly (exit code {code}).", self.log)

    async def end(self, *, seconds: float) -> None:
        """Stop the process gracefully; kill it after `seconds`."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.send_signal(self._end_signal)
        try:
            async with asyncio.timeout(seconds):
                await self._process.wait()
        except TimeoutError:
            await self.kill()
        self._record.unlink(missing_ok=True)

    async def kill(self) -> None:
        """Kill the process and its children, and wait for it."""
        if self._process is None:
            return
        _kill_tree(self._process.pid)
        await self._process.wait()
        self._record.unlink(missing_ok=True)

    @property
    def pid(self) -> int | None:
        """The process ID while the process runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process and running else None


async def run_tool(
    name: str,
    *command: str | Path,
    log: Path,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    unprivileged: bool = False,
) -> None:
    """Run a program to completion and append its output to `log`.

    Raises:
        PartFailedError: the exit code is not 0.
    """
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=env,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_prepare_child(signal.SIGKILL, unprivileged=unprivileged),
        )
    try:
        await process.communicate(stdin)
    finally:
        if process.returncode is None:
            _kill_tree(process.pid)
            await process.wait()
    if process.returncode != 0:
        raise PartFailedError(f"{name} failed (exit code {process.returncode}).", log)


def end_leftovers(records: Path, *, seconds: float = 10.0) -> None:
    """Stop the processes that a killed run has left."""
    leftovers = []
    for record in records.glob("*"):
        pid, began, end_signal = record.read_text().split()
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(int(pid))
            if abs(process.create_time() - float(began)) < _SAME_START_SECONDS:
                process.send_signal(int(end_signal))
                leftovers.append(process)
    _, alive = psutil.wait_procs(leftovers, timeout=seconds)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive)
    for record in records.glob("*"):
        record.unlink()


def _kill_tree(pid: int) -> None:
    """Kill a process and its descendants, and wait for the descendants."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        descendants = process.children(recursive=True)
        for each in [process, *descendants]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(descendants, timeout=5)


def _prepare_child(end_signal: signal.Signals, *, unprivileged: bool) -> Callable[[], None]:
    """Return the function that a child runs between fork and exec."""
    parent = os.getpid()
    give_up_root = unprivileged and privileges.is_root()

    def prepare() -> None:
        if give_up_root:
            privileges.become_nobody()
        if sys.platform == "linux":
            # Signals the child when this process dies. The change of user would clear it.
            _libc.prctl(_PR_SET_PDEATHSIG, int(end_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare
