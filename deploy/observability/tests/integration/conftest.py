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
def service_urls(api_url: str) -> list[str]:
    return [api_url, address("SCHEDULER_URL"), address("STORER_URL")]


@pytest.fixture(scope="session")
def prometheus_url() -> str:
    """A Prometheus that watches the running services with the configuration of this folder."""
    url = os.environ.get("PROMETHEUS_URL")
    if not url:
        pytest.skip("PROMETHEUS_URL is not set: compose has a Prometheus, Python packages none")
    return url


@pytest.fixture(scope="session")
def promtool() -> list[str]:
    """The command that `PROMTOOL` names, one in a container say, or the machine's own."""
    command = shlex.split(os.environ.get("PROMTOOL", "promtool"))
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]} here: PROMTOOL names another (see README.md)")
    return command
