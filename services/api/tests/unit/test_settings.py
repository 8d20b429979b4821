"""Loading of settings: what counts, what is refused, and that no error shows a value."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_settings import SettingsConfigDict

from calendar_api.errors import ConfigError
from calendar_api.settings.loading import ServiceSettings, load
from calendar_api.settings.types import Database, IsoDuration, Log, Section

DSN = "postgresql://ann:sesame@db.example.org:5433/calendar"


class WithPool(Database):
    pool_size: int = 5


class Target(Section):
    url: str


class Api(Section):
    pause: IsoDuration = timedelta(minutes=5)
    limit: int = 10
    targets: tuple[Target, ...] = ()


class Settings(ServiceSettings):
    database: WithPool
    log: Log = Log()
    api: Api = Api()


class OnlyDatabase(ServiceSettings):
    model_config = SettingsConfigDict(extra="ignore")

    database: WithPool


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.environ", {"PATH": "/usr/bin"})


@pytest.fixture
def _dsn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", DSN)


def file(folder: Path, text: str) -> Path:
    path = folder / "calendar.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path | None) -> str:
    with pytest.raises(ConfigError) as raised:
        load(path, Settings)
    message = str(raised.value)
    assert "sesame" not in message
    assert "\n" not in message
    return message


@pytest.mark.usefixtures("_dsn")
def test_environment_alone_is_enough() -> None:
    settings = load(None, Settings)

    assert settings.database.dsn.get_secret_value() == DSN
    assert (settings.log.level, settings.log.format) == ("info", "json")


def test_environment_wins_over_the_file_key_by_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = file(tmp_path, f"database: {{dsn: '{DSN}'}}\napi: {{limit: 4, pause: PT1S}}")
    monkeypatch.setenv("CALENDAR_API__LIMIT", "7")

    settings = load(path, Settings)

    assert settings.database.dsn.get_secret_value() == DSN
    assert (settings.api.limit, settings.api.pause) == (7, timedelta(seconds=1))


@pytest.mark.usefixtures("_dsn")
@pytest.mark.parametrize(("level", "form"), [("INFO", "TEXT"), ("info", "text"), ("Info", "Text")])
def test_level_and_format_of_logs_are_accepted_in_any_case(
    monkeypatch: pytest.MonkeyPatch, level: str, form: str
) -> None:
    monkeypatch.setenv("CALENDAR_LOG__LEVEL", level)
    monkeypatch.setenv("CALENDAR_LOG__FORMAT", form)

    log = load(None, Settings).log

    assert (log.level, log.format) == ("info", "text")


@pytest.mark.usefixtures("_dsn")
def test_section_with_nothing_in_it_has_the_defaults(tmp_path: Path) -> None:
    assert load(file(tmp_path, "log:\napi:\n"), Settings).api == Api()


@pytest.mark.usefixtures("_dsn")
def test_variables_of_the_other_services_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_KAFKA__TOPIC", "calendar.notifications")
    monkeypatch.setenv("CALENDAR_STORER__MAX_POLL_INTERVAL", "nonsense")

    assert load(None, Settings).api == Api()


@pytest.mark.usefixtures("_dsn")
@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("CALENDAR_DATABSE__DSN", DSN, "CALENDAR_DATABSE__DSN"),
        ("CALENDAR_DATABASE_DSN", DSN, "CALENDAR_DATABASE_DSN"),
        ("CALENDAR_DATABASE", DSN, "variable CALENDAR_DATABASE:"),
        ("CALENDAR_DATABASE__", DSN, "variable CALENDAR_DATABASE__:"),
        ("CALENDAR_DATABASE", DSN, "as CALENDAR_DATABASE__DSN does for database.dsn"),
        ("CALENDAR_DATABASE__DSN__HOST", DSN, "variable CALENDAR_DATABASE__DSN__HOST:"),
        ("CALENDAR_API__TARGETS", "[{}]", "api.targets.0.url: is required; set it in the file or"),
        ("CALENDAR_API__TARGETS", "[{}]", "as CALENDAR_API__TARGETS"),
        ("calendar_colour", "sesame", "calendar_colour"),
        ("CALENDAR_DATABASE__DNS", DSN, "database.dns: is not a setting"),
        ("CALENDAR_API__LIMIT", "sesame", "api.limit"),
        ("CALENDAR_API__PAUSE", "60", "api.pause: must be an ISO 8601 duration"),
        ("CALENDAR_LOG__LEVEL", "loud", "log.level"),
        ("CALENDAR_LOG__FORMAT", "xml", "log.format"),
    ],
)
def test_wrong_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, named: str
) -> None:
    monkeypatch.setenv(variable, value)

    assert named in refusal(None)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("database: {dsn: 'mysql://ann:sesame@db'}", "database.dsn: must look like postgresql://"),
        ("database: {dsn: [sesame]}", "database.dsn"),
        (f"database: {{dsn: '{DSN}', passwort: sesame}}", "database.passwort: is not a setting"),
        (f"database: {{dsn: '{DSN}'}}\nhtpp: {{port: 80}}", "htpp: is not a setting"),
        (f"database: {{dsn: '{DSN}'}}\nhtpp:", "htpp: is not a setting"),
        (f"database: {{dsn: '{DSN}'}}\nkafka: {{topic: x}}", "kafka: is not a setting"),
        (f"database: {{dsn: '{DSN}'}}\nlog: sesame", "log: must be a section"),
        ("database: sesame", "database: must be a section"),
        ("", "database.dsn: is required; set it in the file or as CALENDAR_DATABASE__DSN"),
        ("log: {level: info}", "set it in the file or as CALENDAR_DATABASE__DSN"),
        ("database: {}", "set it in the file or as CALENDAR_DATABASE__DSN"),
        ("database:", "set it in the file or as CALENDAR_DATABASE__DSN"),
        ("- database", "calendar.yaml must hold sections"),
        ("sesame", "calendar.yaml must hold sections"),
        ("1: 2", "calendar.yaml must hold sections"),
        ("database: {dsn: sesame", "calendar.yaml is not YAML"),
        ("database:\n\tdsn: sesame", "line 2"),
        ("\0", "calendar.yaml is not YAML"),
        ("log: {level: 2026-13-01}", "calendar.yaml is not YAML"),
        ("!!python/object/apply:os.system [sesame]", "calendar.yaml is not YAML"),
    ],
)
def test_wrong_file_is_refused(tmp_path: Path, text: str, named: str) -> None:
    assert named in refusal(file(tmp_path, text))


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("database: {dsn: 'postgresql://é'}".encode("latin-1"))

    assert "nowhere.yaml: No such file" in refusal(tmp_path / "nowhere.yaml")
    assert f"cannot read {tmp_path}: Is a directory" in refusal(tmp_path)
    assert "latin.yaml is not UTF-8" in refusal(latin)


def test_sections_of_no_use_are_ignored_on_request_but_not_misspelt_ones(tmp_path: Path) -> None:
    known = file(tmp_path, f"database: {{dsn: '{DSN}'}}\nkafka: {{anything: 1}}")
    load(known, OnlyDatabase)

    misspelt = file(tmp_path, f"database: {{dsn: '{DSN}'}}\nkakfa: {{anything: 1}}")
    with pytest.raises(ConfigError, match="kakfa: is not a setting"):
        load(misspelt, OnlyDatabase)


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
        "postgresql://ann:sesame@db/calendar?sslmode=sesame",
    ],
)
def test_unusable_dsn_is_refused(monkeypatch: pytest.MonkeyPatch, dsn: str) -> None:
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", dsn)

    assert refusal(None).startswith("database.dsn: ")


@pytest.mark.parametrize(
    ("dsn", "address"),
    [
        (DSN, "db.example.org:5433"),
        ("postgres://db/calendar", "db:5432"),
        ("postgresql:///calendar?host=/run/postgresql", "/run/postgresql:5432"),
        ("postgresql:///calendar?host=db&port=5433", "db:5433"),
        ("postgresql:///calendar", "localhost:5432"),
        ("postgresql://ann:se%40same@a:5432,b:5433/c?target_session_attrs=any", "a:5432,b:5433"),
        ("postgresql://ann:sesame@a,b/calendar", "a:5432,b:5432"),
        ("postgresql://ann@[::1]:5433/calendar?sslmode=verify-full", "[::1]:5433"),
    ],
)
def test_address_of_the_database_has_neither_user_nor_password(
    monkeypatch: pytest.MonkeyPatch, dsn: str, address: str
) -> None:
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", dsn)

    database = load(None, Settings).database

    assert database.dsn.get_secret_value() == dsn
    assert database.address == address


@pytest.mark.usefixtures("_dsn")
def test_printed_settings_do_not_show_the_password() -> None:
    assert "sesame" not in repr(load(None, Settings))


durations: TypeAdapter[timedelta] = TypeAdapter(IsoDuration)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("P365D", timedelta(days=365)),
        ("P2W", timedelta(weeks=2)),
        ("P1DT12H", timedelta(days=1, hours=12)),
        ("PT1H30M", timedelta(hours=1, minutes=30)),
        ("PT0.25S", timedelta(milliseconds=250)),
        ("PT0,25S", timedelta(milliseconds=250)),
    ],
)
def test_iso_duration_is_read(text: str, length: timedelta) -> None:
    assert durations.validate_python(text) == length


@pytest.mark.parametrize(
    "value",
    [
        *("", "P", "PT", "P1DT", "P1Y", "P1M", "P1.5D", "-PT1S", "P999999999W"),
        *("1 day", "60", "0.25", "250ms", "15m", "0:15"),
        *(60, 0.25, float("nan"), True, None, []),
    ],
)
def test_what_is_no_iso_duration_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match=r"must be an ISO 8601 duration|too long"):
        durations.validate_python(value)
