"""Where the system under test is. Nothing else looks at the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import pytest

_REQUIRED = ("API_URL", "SCHEDULER_URL", "STORER_URL", "DATABASE_DSN", "KAFKA_BOOTSTRAP_SERVERS")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The addresses of one running system, and how long to wait for it."""

    services: Mapping[str, str]
    """Base URL by name: `API`, `Scheduler`, `Storer`."""

    database_dsn: str = field(repr=False)
    notifications_dsn: str = field(repr=False)
    """Of the Storer's database, which may be another one."""

    kafka_bootstrap_servers: str
    kafka_topic: str

    patience: float
    """Seconds until what should happen at once counts as not happening."""

    retention_patience: float
    """Seconds until the Scheduler must have cleaned up: longer than its `cleanup_interval`."""

    @classmethod
    def read(cls, variables: Mapping[str, str] = os.environ) -> Self:
        """The environment that the variables describe.

        Raises:
            pytest.UsageError: some are missing; pytest shows its one sentence and ends.
        """
        if missing := [name for name in _REQUIRED if not variables.get(name)]:
            raise pytest.UsageError(
                f"{', '.join(missing)} must say where Calendar runs: "
                "`make test` starts a system, sets them and runs these scenarios."
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
            patience=float(variables.get("PATIENCE_SECONDS") or 60),
            retention_patience=float(variables.get("RETENTION_PATIENCE_SECONDS") or 180),
        )
