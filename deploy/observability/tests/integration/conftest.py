import os
import shlex
import shutil

import pytest


def address(name: str) -> str:
    url = os.environ.get(name)
    if not url:
        pytest.fail(f"{name} is not set: `make test TESTS=deploy/observability` starts a system")
    return url


@pytest.fixture(scope="session")
def api_url() -> str:
    return address("API_URL")


@pytest.fixture(scope="session")
def storer_url() -> str:
    return address("STORER_URL")


@pytest.fixture(scope="session")
def service_urls(api_url: str, storer_url: str) -> list[str]:
    return [api_url, address("SCHEDULER_URL"), storer_url]


@pytest.fixture(scope="session")
def prometheus_url() -> str:
    """The URL of a Prometheus that scrapes the running services with this configuration."""
    url = os.environ.get("PROMETHEUS_URL")
    if not url:
        pytest.skip("PROMETHEUS_URL is not set: it is tested with docker compose")
    return url


@pytest.fixture(scope="session")
def promtool() -> list[str]:
    """The command for promtool; `PROMTOOL` overrides it."""
    command = shlex.split(os.environ.get("PROMTOOL", "promtool"))
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed; set PROMTOOL (see README.md)")
    return command
