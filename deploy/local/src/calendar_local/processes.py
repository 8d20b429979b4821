"""Child processes: started, watched, ended, and found again after a run that was killed.

Each runs in a session of its own, so that Ctrl-C reaches only us and the parts end in order.
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
_SECONDS_BETWEEN_LOOKS = 0.05
# Two reckonings of when a process began may differ by the clock's corrections in between.
_SAME_START_SECONDS = 2.0

_libc = ctypes.CDLL(None)


class Child:
    """One long-running process; its output goes to a log file.

    `record` is a file that names the process while it runs, for `end_leftovers`.
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
        """Start the process; `end_signal` is what asks it to end."""
        self._end_signal = end_signal
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_tied_to_us(end_signal, unprivileged=unprivileged),
            )
        with suppress(psutil.NoSuchProcess):  # it may have ended already, which others will notice
            began = psutil.Process(self._process.pid).create_time()
            self._record.write_text(f"{self._process.pid} {began} {int(end_signal)}\n")

    async def until_ready(self, ready: Callable[[], Awaitable[bool]], *, seconds: float) -> None:
        """Wait until `ready` says so.

        Raises:
            PartFailedError: the process ended, or was not ready in time.
        """
        try:
            async with asyncio.timeout(seconds):
                while not await ready():
                    if self.pid is None:
                        await self.watch()
                    await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
        except TimeoutError as error:
            raise PartFailedError(
                f"{self.name} was not ready within {seconds:.0f} seconds.", self.log
            ) from error

    async def watch(self) -> None:
        """Wait until the process ends by itself, and raise the PartFailedError that says so."""
        code = await self._process.wait() if self._process else None
        raise PartFailedError(f"{self.name} ended by itself (exit code {code}).", self.log)

    async def end(self, *, seconds: float) -> None:
        """Ask the process to end and wait for it; kill it where it takes longer than `seconds`."""
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
        """End the process and its children as a power cut would, and wait for it."""
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
    """Run a short program to its end, its output appended to `log`.

    Raises:
        PartFailedError: it did not exit with 0.
    """
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=env,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_tied_to_us(signal.SIGKILL, unprivileged=unprivileged),
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
    """End what a run that was killed has left behind, as far as it still lives."""
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
    """Kill a process and its descendants; return when the descendants write no more."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        descendants = process.children(recursive=True)
        for each in [process, *descendants]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(descendants, timeout=5)


def _tied_to_us(end_signal: signal.Signals, *, unprivileged: bool) -> Callable[[], None]:
    """Return what a child does between fork and exec."""
    parent = os.getpid()
    give_up_root = unprivileged and privileges.is_root()

    def prepare() -> None:
        if give_up_root:
            privileges.become_nobody()
        if sys.platform == "linux":
            # After the change of user, which clears it. However we end, the child is told.
            _libc.prctl(_PR_SET_PDEATHSIG, int(end_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare
