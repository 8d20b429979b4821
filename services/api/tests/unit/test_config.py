"""Settings: environment over file over defaults; what is wrong is named, and no secret is shown."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from calendar_api import config
from calendar_api.errors import ConfigError

DSN = "postgresql://ann:sesame@db.example.org:5433/calendar"
EXAMPLE = Path(__file__).parents[2] / "calendar.example.yaml"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.environ", {"PATH": "/usr/bin"})


def written(folder: Path, text: str) -> Path:
    path = folder / "calendar.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def reason(path: Path | None) -> str:
    with pytest.raises(ConfigError) as raised:
        config.load(path)
    message = str(raised.value)
    assert "sesame" not in message
    assert "\n" not in message
    return message


def test_the_environment_alone_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", DSN)
    settings = config.load(None)
    assert settings.database.dsn.get_secret_value() == DSN
    assert settings.api.pool_size == 10
    assert (settings.http.host, settings.http.port) == ("127.0.0.1", 8080)
    assert (settings.log.level, settings.log.format) == ("info", "json")


def test_the_environment_wins_over_the_file_key_by_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = written(
        tmp_path, f"database: {{dsn: '{DSN}'}}\napi: {{pool_size: 4}}\nhttp: {{port: 8090}}"
    )
    monkeypatch.setenv("CALENDAR_API__POOL_SIZE", "7")
    monkeypatch.setenv("CALENDAR_HTTP__HOST", "0.0.0.0")  # noqa: S104 # what a container sets
    settings = config.load(path)
    assert settings.database.dsn.get_secret_value() == DSN
    assert settings.api.pool_size == 7
    assert (settings.http.host, settings.http.port) == ("0.0.0.0", 8090)  # noqa: S104


def test_the_example_loads_and_shows_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    example = config.load(EXAMPLE)
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", example.database.dsn.get_secret_value())
    assert config.load(None) == example


def test_the_example_shows_every_setting() -> None:
    shown = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    sections: dict[str, Any] = {
        "database": config.Database,
        "http": config.Http,
        "log": config.Log,
        "api": config.Api,
    }
    assert {name: set(keys) for name, keys in shown.items()} == {
        name: set(section.model_fields) for name, section in sections.items()
    }


def test_settings_of_the_other_services_are_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", DSN)
    monkeypatch.setenv("CALENDAR_KAFKA__TOPIC", "calendar.notifications")
    monkeypatch.setenv("CALENDAR_SCHEDULER__POLL_INTERVAL", "0.25")
    assert config.load(None).http.port == 8080


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("CALENDAR_DATABSE__DSN", DSN, "CALENDAR_DATABSE__DSN"),
        ("CALENDAR_DATABASE_DSN", DSN, "CALENDAR_DATABASE_DSN"),
        ("CALENDAR_DATABASE__DNS", DSN, "database.dns"),
        ("CALENDAR_DATABASE", DSN, "database"),
        ("CALENDAR_HTTP__PROT", "80", "http.prot"),
        ("CALENDAR_HTTP__PORT", "eighty", "http.port"),
        ("CALENDAR_HTTP__PORT", "65536", "http.port"),
        ("CALENDAR_HTTP__PORT", "-1", "http.port"),
        ("CALENDAR_API__POOL_SIZE", "0", "api.pool_size"),
        ("CALENDAR_LOG__LEVEL", "loud", "log.level"),
        ("CALENDAR_LOG__FORMAT", "xml", "log.format"),
    ],
)
def test_a_wrong_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, named: str
) -> None:
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", DSN)
    monkeypatch.setenv(variable, value)
    assert named in reason(None)


@pytest.mark.parametrize(
    "dsn",
    [
        "",
        "ann:sesame@db/calendar",
        "mysql://ann:sesame@db/calendar",
        "postgresql://ann:sesame@db:port/calendar",
        "postgresql://ann:sesame@db:99999/calendar",
        "postgresql://ann:sesame@db:5432,other:x/calendar",
        "postgresql://ann:sesame@[::1/calendar",
        "postgresql://ann:12#34@db/calendar",
        "postgresql://ann:12/34@db/calendar",
        "postgresql://ann:sesame℀@db/calendar",
    ],
)
def test_a_dsn_that_is_no_address_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, dsn: str
) -> None:
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", dsn)
    assert "database.dsn" in reason(None)


@pytest.mark.parametrize(
    "dsn",
    [
        DSN,
        "postgres://db/calendar",
        "postgresql:///calendar?host=/run/postgresql",
        "postgresql://ann:se%40same@a:5432,b:5433/calendar?target_session_attrs=read-write",
        "postgresql://ann@[::1]:5432/calendar?sslmode=verify-full",
    ],
)
def test_a_dsn_may_be_any_address_that_postgresql_knows(
    monkeypatch: pytest.MonkeyPatch, dsn: str
) -> None:
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", dsn)
    assert config.load(None).database.dsn.get_secret_value() == dsn


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("database: {dsn: 'mysql://ann:sesame@db'}", "database.dsn"),
        ("database: {dsn: [sesame]}", "database.dsn"),
        (f"database: {{dsn: '{DSN}', passwort: sesame}}", "database.passwort"),
        (f"database: {{dsn: '{DSN}'}}\nhtpp: {{port: 80}}", "htpp"),
        (f"database: {{dsn: '{DSN}'}}\nkafka: {{topic: x}}", "kafka"),
        (f"database: {{dsn: '{DSN}'}}\nhttp: 80", "http"),
        ("database: sesame", "database"),
        ("", "CALENDAR_DATABASE__DSN"),
        ("http: {port: 80}", "CALENDAR_DATABASE__DSN"),
        ("database: {}", "CALENDAR_DATABASE__DSN"),
        ("- database", "calendar.yaml"),
        ("sesame", "calendar.yaml"),
        ("1: 2", "calendar.yaml"),
        ("database: {dsn: sesame", "calendar.yaml"),
        ("database:\n\tdsn: sesame", "line 2"),
        ("\0", "calendar.yaml"),
        ("!!python/object/apply:os.system [sesame]", "calendar.yaml"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, named: str) -> None:
    assert named in reason(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "nowhere.yaml" in reason(tmp_path / "nowhere.yaml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert str(tmp_path) in reason(tmp_path)


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("database: {dsn: 'postgresql://é'}".encode("latin-1"))
    assert "latin.yaml" in reason(path)


def test_printed_settings_do_not_show_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", DSN)
    assert "sesame" not in repr(config.load(None))
