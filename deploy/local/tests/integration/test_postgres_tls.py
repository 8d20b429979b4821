"""All services connect to PostgreSQL with TLS, and report wrong certificates.

The PostgreSQL of the Python package has no TLS: these tests need an installed PostgreSQL.
"""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.integration.certificates import Authority
from tests.integration.project import psql, wait_for
from tests.integration.running import API, SCHEDULER, STORER, Running, migrate

from calendar_local import postgres, privileges
from calendar_local.layout import Layout
from calendar_local.ports import HOST
from calendar_local.postgres import Postgres

SESSIONS_WITH_TLS = """
SELECT application_name FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl
"""


def installed() -> Path | None:
    """Return the folder of the installed PostgreSQL; Debian does not add it to the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    on_path = shutil.which("postgres")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@dataclass(frozen=True, kw_only=True)
class Server:
    """A PostgreSQL with a configurable certificate."""

    plain_dsn: str
    authority: Authority

    @property
    def dsn(self) -> str:
        return f"{self.plain_dsn}?sslmode=verify-full&sslrootcert={self.authority.file}"

    @property
    def password(self) -> str:
        return urlsplit(self.plain_dsn).password or ""

    def use(self, certificate: Path) -> None:
        """Use this certificate for new connections."""
        privileges.hand_over(certificate)
        certificate.chmod(0o600)
        for name in ("ssl_cert_file", "ssl_key_file"):
            psql(self.plain_dsn, f"ALTER SYSTEM SET {name} = '{certificate}'")
        psql(self.plain_dsn, "ALTER SYSTEM SET ssl = on")
        psql(self.plain_dsn, "SELECT pg_reload_conf()")
        wait_for(
            lambda: psql(self.plain_dsn, "SHOW ssl_cert_file") == f"{certificate}\n",
            what="the certificate is loaded",
        )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    programs = installed()
    if programs is None:
        pytest.skip("no PostgreSQL with TLS on this machine (Debian: apt install postgresql)")
    folder = tmp_path_factory.mktemp("postgres-tls")
    with pytest.MonkeyPatch.context() as patch, asyncio.Runner() as runner:
        patch.setattr(postgres, "BINARIES", programs)
        server = Postgres(Layout(folder), throw_away=True)
        try:
            runner.run(server.start())
            yield Server(plain_dsn=server.dsn, authority=Authority("authority", folder))
        finally:
            runner.run(server.stop())


@contextmanager
def running(server: Server, folder: Path) -> Iterator[list[Running]]:
    database = {"DATABASE__DSN": server.dsn}
    # Nothing listens there.
    kafka = {"KAFKA__BOOTSTRAP_SERVERS": f"{HOST}:1"}
    services = [
        Running(API, folder, database),
        Running(SCHEDULER, folder, database | kafka),
        Running(STORER, folder, database | kafka),
    ]
    try:
        yield services
        for service in services:
            service.stop()
    finally:
        for service in services:
            service.kill()


@pytest.mark.parametrize(
    ("authority", "host", "reason"),
    [
        ("authority", "elsewhere.example", f"certificate is not valid for '{HOST}'"),
        ("stranger", HOST, "certificate verify failed"),
    ],
    ids=["host", "authority"],
)
def test_wrong_certificate_is_reported_until_it_is_replaced(
    server: Server, tmp_path: Path, authority: str, host: str, reason: str
) -> None:
    right = server.authority.certify("right", HOST)
    signer = server.authority if authority == "authority" else Authority(authority, tmp_path)
    server.use(signer.certify("wrong", host))
    with running(server, tmp_path) as services:
        for service in services:
            wait_for_readiness(service, reason)
            assert service.readiness()["status"] == "not ready"
            wait_for_logged_reason(service, reason)

        server.use(right)
        for owner in (API, STORER):
            migrate(owner, server.dsn)

        for service in services:
            wait_for_readiness(service, "ok")
            assert server.password not in service.all_output()
        assert {"calendar", "calendar_scheduler", "calendar_storer"} <= {
            *psql(server.plain_dsn, SESSIONS_WITH_TLS).splitlines()
        }


def wait_for_readiness(service: Running, text: str) -> None:
    wait_for(lambda: text in service.readiness().get("database", ""), what=text)


def wait_for_logged_reason(service: Running, reason: str) -> None:
    wait_for(lambda: reason in service.logged_reasons(), what=f"{reason} is logged")
