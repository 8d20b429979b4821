from pathlib import Path

import pytest

from calendar_local import services
from calendar_local.errors import LocalError
from calendar_local.services import SERVICES, check_installed, chosen_ports, environment

API, SCHEDULER, STORER = SERVICES
SERVERS = {"DATABASE_DSN": "postgresql://here", "KAFKA_BOOTSTRAP_SERVERS": "there:9092"}


@pytest.fixture(autouse=True)
def taken(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    ports: set[int] = set()
    monkeypatch.setattr(services, "is_free", lambda port: port not in ports)
    return ports


def test_default_ports_and_overrides() -> None:
    assert chosen_ports({}) == {"api": 8080, "scheduler": 8081, "storer": 8082}
    assert chosen_ports({"API_PORT": "9000", "STORER_PORT": ""}) == {
        "api": 9000,
        "scheduler": 8081,
        "storer": 8082,
    }


@pytest.mark.parametrize("text", ["web", "0", "65536", "-1", "8080.0", "८०८०"])
def test_invalid_port_is_rejected(text: str) -> None:
    with pytest.raises(LocalError, match=r"API_PORT is .*, which is not a port number"):
        chosen_ports({"API_PORT": text})


def test_two_services_cannot_share_a_port() -> None:
    with pytest.raises(LocalError, match="SCHEDULER_PORT is 8080, which another service uses"):
        chosen_ports({"SCHEDULER_PORT": "8080"})


def test_taken_port_is_reported_with_its_variable(taken: set[int]) -> None:
    taken.add(8082)

    with pytest.raises(LocalError, match=r"Port 8082 is taken .* STORER_PORT="):
        chosen_ports({})


def test_environment_has_server_addresses() -> None:
    assert environment(SCHEDULER, port=8081, servers=SERVERS, given={}) == {
        "CALENDAR_DATABASE__DSN": "postgresql://here",
        "CALENDAR_KAFKA__BOOTSTRAP_SERVERS": "there:9092",
        "CALENDAR_HTTP__HOST": "127.0.0.1",
        "CALENDAR_HTTP__PORT": "8081",
    }


def test_api_environment_has_no_kafka_settings() -> None:
    assert "CALENDAR_KAFKA__BOOTSTRAP_SERVERS" not in environment(
        API, port=8080, servers=SERVERS, given={}
    )


@pytest.mark.parametrize(
    ("variable", "readers"),
    [
        ("PATH", {API, SCHEDULER, STORER}),
        ("CALENDAR_LOG__LEVEL", {API, SCHEDULER, STORER}),
        ("CALENDAR_KAFKA__TOPIC", {SCHEDULER, STORER}),
        ("CALENDAR_SCHEDULER__POLL_INTERVAL", {SCHEDULER}),
        # A misspelled setting is passed on, so that services reject it.
        ("CALENDAR_SHEDULER__POLL_INTERVAL", {API, SCHEDULER, STORER}),
    ],
)
def test_setting_is_passed_to_the_services_that_have_it(
    variable: str, readers: set[services.Service]
) -> None:
    given = {variable: "x"}

    assert readers == {
        each
        for each in SERVICES
        if variable in environment(each, port=1, servers=SERVERS, given=given)
    }


def test_server_addresses_override_given_settings() -> None:
    given = {"CALENDAR_HTTP__PORT": "1", "CALENDAR_DATABASE__DSN": "postgresql://elsewhere"}

    result = environment(STORER, port=8082, servers=SERVERS, given=given)

    assert result["CALENDAR_HTTP__PORT"] == "8082"
    assert result["CALENDAR_DATABASE__DSN"] == "postgresql://here"


def test_missing_executable_is_reported() -> None:
    with pytest.raises(LocalError, match=r"services/api/\.venv/bin/calendar is missing"):
        check_installed(Path("/nowhere"))
