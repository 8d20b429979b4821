"""The services accept the settings that the chart renders."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.manifests import containers, the
from tests.unit.setups import SETUPS

from calendar_helm.rendering import Manifest, render

SERVICES = Path(__file__).parents[4] / "services"

# Values of Secrets.
SECRETS = {
    "CALENDAR_DATABASE__DSN": "postgresql://user:password@host:5432/database",
    "CALENDAR_KAFKA__USERNAME": "user",
    "CALENDAR_KAFKA__PASSWORD": "password",
    "CALENDAR_STORER__WEBHOOKS": json.dumps(
        [{"name": "crm", "url": "https://crm.example.com", "secret": "whsec_" + 8 * "c2Vj"}]
    ),
}
# Runs in the service's environment: its package cannot be imported here.
PROGRAM = """
import json, os, sys
from importlib import import_module
from pathlib import Path
package = sys.argv[2]
settings = import_module(f"{package}.config").Settings
load = import_module(f"{package}.settings.loading").load
path = Path(sys.argv[1])
for config, environment in json.load(sys.stdin):
    path.write_text(config)
    os.environ.clear()
    os.environ.update(environment)
    print(load(path, settings).model_dump_json())
"""


def read_by(service: str, written: Sequence[Sequence[Manifest]], folder: Path) -> list[Any]:
    """Return the settings that the service loads from each rendering."""
    python = SERVICES / service / ".venv/bin/python"
    assert python.exists(), f"{python} is missing: make install"
    done = subprocess.run(
        [python, "-c", PROGRAM, folder / "config.yaml", f"calendar_{service}"],
        input=json.dumps([file_and_environment(service, each) for each in written]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def file_and_environment(service: str, manifests: Sequence[Manifest]) -> tuple[str, dict[str, str]]:
    config: str = the(manifests, "ConfigMap", service)["data"]["config.yaml"]
    pod = the(manifests, "Deployment", service)["spec"]["template"]
    [container] = [each for each in containers(pod) if each["name"] == service]
    return config, {
        each["name"]: SECRETS[each["name"]] if "valueFrom" in each else each["value"]
        for each in container["env"]
    }


@pytest.mark.parametrize("service", ["api", "scheduler", "storer"])
def test_service_accepts_rendered_settings(service: str, tmp_path: Path) -> None:
    written = [render(values) for values in SETUPS.values()]

    read = read_by(service, written, tmp_path)

    assert len(read) == len(SETUPS)
    # Pods must listen on all interfaces.
    assert {each["http"]["host"] for each in read} == {"0.0.0.0"}  # noqa: S104


def test_values_reach_the_settings(tmp_path: Path) -> None:
    values = {
        "log": {"level": "warning", "format": "text"},
        "api": {"poolSize": 21, "corsOrigins": ["https://calendar.example.org", "http://[::1]:8"]},
        "scheduler": {"batchSize": 300, "retention": "P30D", "pollInterval": "PT0.5S"},
        "storer": {
            "batchSize": 10000,
            "groupId": "other",
            "maxPollInterval": "PT2H",
            "requestPoolSize": 9,
            "corsOrigins": ["https://notifications.example.org"],
            "retention": "P30D",
            "cleanupInterval": "PT6H",
            "webhooks": {"existingSecret": "webhooks", "caSecret": "receivers-ca"},
        },
        "kafka": {"topic": "1e5", "partitions": 12},
    }
    manifests = render(values)

    [api] = read_by("api", [manifests], tmp_path)
    [scheduler] = read_by("scheduler", [manifests], tmp_path)
    [storer] = read_by("storer", [manifests], tmp_path)

    assert api["log"] == scheduler["log"] == storer["log"] == {"level": "warning", "format": "text"}
    assert api["database"]["pool_size"] == 21
    assert api["http"]["cors_origins"] == ["https://calendar.example.org", "http://[::1]:8"]
    assert scheduler["scheduler"]["batch_size"] == 300
    assert scheduler["scheduler"]["retention"] == "P30D"
    assert scheduler["scheduler"]["poll_interval"] == "PT0.5S"
    assert storer["storer"]["batch_size"] == 10000
    assert storer["storer"]["group_id"] == "other"
    assert storer["storer"]["max_poll_interval"] == "PT2H"
    assert storer["storer"]["request_pool_size"] == 9
    assert storer["http"]["cors_origins"] == ["https://notifications.example.org"]
    assert storer["storer"]["retention"] == "P30D"
    assert storer["storer"]["cleanup_interval"] == "PT6H"
    assert [each["name"] for each in storer["storer"]["webhooks"]] == ["crm"]
    assert storer["storer"]["webhook_ca_file"] == "/etc/calendar/webhook-ca/ca.crt"
    for service in (scheduler, storer):
        assert service["kafka"]["topic"] == "1e5"
        assert service["kafka"]["partitions"] == 12
        assert service["kafka"]["bootstrap_servers"] == "calendar-kafka:9092"


def test_service_listens_on_the_container_port(defaults: Sequence[Manifest]) -> None:
    for service in ("api", "scheduler", "storer"):
        config, _ = file_and_environment(service, defaults)
        pod = the(defaults, "Deployment", service)["spec"]["template"]
        [container] = pod["spec"]["containers"]
        assert yaml.safe_load(config)["http"]["port"] == container["ports"][0]["containerPort"]
