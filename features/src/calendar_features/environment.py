"""Configuration from environment variables. No other module reads them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import pytest

_REQUIRED = ("API_URL", "SCHEDULER_URL", "STORER_URL", "DATABASE_DSN", "KAFKA_BOOTSTRAP_SERVERS")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The addresses of the system under test, and timeouts."""

    services: Mapping[str, str]
    """Base URL by name: `API`, `Scheduler`, `Storer`."""

    database_dsn: str = field(repr=False)
    notifications_dsn: str = field(repr=False)
    """DSN of the Storer's database, which may be a separate one."""

    kafka_bootstrap_servers: str
    kafka_topic: str

    receiver_url: str | None
    """The receiver of the system's webhooks, if it has the one of these scenarios."""

    timeout: float
    """Seconds to wait for something that should happen immediately."""

    retention_timeout: float
    """Seconds to wait for the clean-up: longer than the Scheduler's `cleanup_interval`."""

    @classmethod
    def read(cls, variables: Mapping[str, str] = os.environ) -> Self:
        """Reads the configuration.

        Raises:
            pytest.UsageError: a required variable is missing.
        """
        if missing := [name for name in _REQUIRED if not variables.get(name)]:
            raise pytest.UsageError(
                f"Environment variables are missing: {', '.join(missing)}. "
                "`make test TESTS=features` starts a system and sets them."
            )
        return cls(
            services={
                name: variables[f"{name.upper()}_URL"].rstrip("/")
                for name in ("API", "Scheduler", "Storer")
            },
            database_dsn=variables["DATABASE_DSN"],
            notifications_dsn=variables.get("NOTIFICATIONS_DSN") or variables["DATABASE_DSN"],
            kafka_bootstrap_servers=variables["KAFKA_BOOTSTRAP_SERVERS"],
            kafka_topic=variables.get("KAFKA_TOPIC") or "calendar.notifications",
            receiver_url=variables.get("RECEIVER_URL"),
            timeout=float(variables.get("WAIT_SECONDS") or 60),
            retention_timeout=float(variables.get("RETENTION_WAIT_SECONDS") or 180),
        )
