"""The three services, through their executables, environment and `/readyz`."""

import asyncio
import os
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from calendar_local.errors import LocalError
from calendar_local.layout import Layout
from calendar_local.ports import HOST, is_free
from calendar_local.processes import run_tool

_HIGHEST_PORT = 65_535
_OK = b" 200 "


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service; `sections` are the sections of its settings."""

    name: str
    executable: str
    default_port: int
    sections: frozenset[str]
    migrates: bool

    @property
    def port_variable(self) -> str:
        """The environment variable for its port."""
        return f"{self.name.upper()}_PORT"

    @property
    def url_variable(self) -> str:
        """The environment variable for its URL."""
        return f"{self.name.upper()}_URL"

    def program(self, root: Path) -> Path:
        """Return the path of its executable."""
        return root / "services" / self.name / ".venv" / "bin" / self.executable


_EVERYWHERE = frozenset({"DATABASE", "HTTP", "LOG"})
SERVICES = (
    Service(
        name="api",
        executable="calendar",
        default_port=8080,
        sections=_EVERYWHERE | {"API"},
        migrates=True,
    ),
    Service(
        name="scheduler",
        executable="calendar_scheduler",
        default_port=8081,
        sections=_EVERYWHERE | {"KAFKA", "SCHEDULER"},
        migrates=False,
    ),
    Service(
        name="storer",
        executable="calendar_storer",
        default_port=8082,
        sections=_EVERYWHERE | {"KAFKA", "STORER"},
        migrates=True,
    ),
)
_ALL_SECTIONS = frozenset[str]().union(*(service.sections for service in SERVICES))


class RunningService:
    """A process of a service."""

    def __init__(
        self, service: Service, *, layout: Layout, root: Path, port: int, servers: Mapping[str, str]
    ) -> None:
        self.service = service
        self.child = layout.child(service.name)
        self._port = port
        self._program = service.program(root)
        self._environment = environment(service, port=port, servers=servers, given=os.environ)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{HOST}:{self._port}"

    async def migrate(self) -> None:
        """Run the migrations of the service."""
        await migrate(
            self.service, self._program, log=self.child.log, service_environment=self._environment
        )

    async def start(self) -> None:
        """Start the service and wait until `/readyz` returns 200."""
        await self.child.start(self._program, env=self._environment, end_signal=signal.SIGTERM)
        await self.child.until_ready(self._is_ready, seconds=60)

    async def stop(self) -> None:
        """Stop the service gracefully, within the ten seconds of the contract."""
        await self.child.end(seconds=10)

    async def kill(self) -> None:
        """Kill the service with SIGKILL."""
        await self.child.kill()

    async def _is_ready(self) -> bool:
        return await answers(self._port, "/readyz")


async def migrate(
    service: Service, program: Path, *, log: Path, service_environment: Mapping[str, str]
) -> None:
    """Run the migrations of a service.

    Raises:
        PartFailedError: a migration failed.
    """
    await run_tool(
        f"{service.executable} migrate", program, "migrate", log=log, env=service_environment
    )


async def answers(port: int, path: str) -> bool:
    """Whether a GET of `path` returns 200."""
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            status_line = await reader.readline()
            writer.close()
    except (OSError, TimeoutError):
        return False
    return _OK in status_line


def environment(
    service: Service, *, port: int, servers: Mapping[str, str], given: Mapping[str, str]
) -> dict[str, str]:
    """Return a service's environment: the given variables, overridden by the server addresses.

    A service rejects unknown settings, so settings of other services are removed.
    """
    own = {name: value for name, value in given.items() if _concerns(service, name)}
    addresses = {
        "CALENDAR_DATABASE__DSN": servers["DATABASE_DSN"],
        "CALENDAR_KAFKA__BOOTSTRAP_SERVERS": servers["KAFKA_BOOTSTRAP_SERVERS"],
        "CALENDAR_HTTP__HOST": HOST,
        "CALENDAR_HTTP__PORT": str(port),
    }
    return own | {name: value for name, value in addresses.items() if _concerns(service, name)}


def _concerns(service: Service, variable: str) -> bool:
    if not variable.startswith("CALENDAR_"):
        return True
    section = variable.removeprefix("CALENDAR_").split("__")[0]
    return section not in _ALL_SECTIONS - service.sections


def chosen_ports(given: Mapping[str, str]) -> dict[str, int]:
    """Return the port of each service, which `API_PORT` and similar variables set.

    Raises:
        LocalError: a port is invalid, used twice, or taken.
    """
    ports: dict[str, int] = {}
    for service in SERVICES:
        text = given.get(service.port_variable) or str(service.default_port)
        if not (text.isascii() and text.isdigit() and 0 < int(text) <= _HIGHEST_PORT):
            raise LocalError(f"{service.port_variable} is {text!r}, which is not a port number.")
        port = int(text)
        if port in ports.values():
            raise LocalError(f"{service.port_variable} is {port}, which another service uses.")
        if not is_free(port):
            raise LocalError(
                f"Port {port} is taken by another program: "
                f"stop it, or choose another port with {service.port_variable}=…"
            )
        ports[service.name] = port
    return ports


def check_installed(root: Path, services: Iterable[Service] = SERVICES) -> None:
    """Raise LocalError if a service's executable is missing."""
    for service in services:
        if not service.program(root).exists():
            program = service.program(root).relative_to(root)
            raise LocalError(f"{program} is missing: run `make install`.")
