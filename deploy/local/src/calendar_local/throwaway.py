"""`exec`: run a command with a temporary system on free ports."""

import asyncio
import os
import shutil
import signal
import tempfile
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from calendar_local.console import Console
from calendar_local.errors import LocalError
from calendar_local.interruption import Interruption
from calendar_local.jars import fetch_jars
from calendar_local.layout import Layout
from calendar_local.ports import free_port
from calendar_local.services import SERVICES, check_installed
from calendar_local.system import Part, servers, services, until_one_ends

_USAGE = "Specify a command after `--`: calendar_local exec -- pytest"
_STOP_SECONDS = 30.0
_TRAVERSE_ONLY = 0o711
_SIGNALLED = 128


def execute(
    command: Sequence[str], *, root: Path, with_services: bool, logs: Path | None, console: Console
) -> int:
    """Run a command with a temporary system; return its exit code."""
    if not command or shutil.which(command[0]) is None:
        raise LocalError(f"exec: {command[0]}: no such command" if command else _USAGE)
    if with_services:
        check_installed(root)
    jars = fetch_jars(console)
    with tempfile.TemporaryDirectory(prefix="calendar-") as folder:
        home = Path(folder)
        home.chmod(_TRAVERSE_ONLY)  # for PostgreSQL's user
        layout = Layout(home, logs=logs)
        interruption = Interruption()

        async def work() -> int:
            async with AsyncExitStack() as stack:
                base = await stack.enter_async_context(
                    servers(layout, jars=jars, console=console, throw_away=True)
                )
                parts = list(base.parts)
                addresses = base.addresses
                if with_services:
                    running = await stack.enter_async_context(
                        services(
                            layout,
                            root=root,
                            ports={each.name: free_port() for each in SERVICES},
                            addresses=base.addresses,
                            console=console,
                        )
                    )
                    parts += running
                    addresses |= {each.service.url_variable: each.url for each in running}
                return await _run_command(command, addresses, parts, interruption)

        code = asyncio.run(interruption.run(work()))
    return _SIGNALLED + signal.SIGINT if code is None else code


async def _run_command(
    command: Sequence[str],
    addresses: Mapping[str, str],
    parts: Sequence[Part],
    interruption: Interruption,
) -> int:
    """Run the command to completion; forward signals to its process group."""
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | addresses, start_new_session=True
    )
    watch = asyncio.create_task(until_one_ends(parts))
    end = asyncio.create_task(process.wait())
    try:
        await asyncio.wait({watch, end}, return_when=asyncio.FIRST_COMPLETED)
        if watch.done():
            watch.result()
    except asyncio.CancelledError:
        _signal_group(process, interruption.signal or signal.SIGTERM)
        await asyncio.wait({end}, timeout=_STOP_SECONDS)
    finally:
        watch.cancel()
        _signal_group(process, signal.SIGKILL)
        await end
    code = end.result()
    return code if code >= 0 else _SIGNALLED - code


def _signal_group(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
