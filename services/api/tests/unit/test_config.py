"""The settings of the API: defaults, the example file, and the older name of the pool's size."""

from pathlib import Path

import pytest
import yaml

from calendar_api import config
from calendar_api.config import Settings
from calendar_api.errors import ConfigError
from calendar_api.settings.loading import load
from calendar_api.settings.types import Log

EXAMPLE = Path(__file__).parents[2] / "calendar.example.yaml"


@pytest.fixture(autouse=True)
def _required_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.environ", {"PATH": "/usr/bin"})
    monkeypatch.setenv("CALENDAR_DATABASE__DSN", "postgresql://calendar@127.0.0.1:5432/calendar")


def test_defaults_are_those_of_the_readme() -> None:
    settings = load(None, Settings)

    assert settings.pool_size == 10
    assert (settings.http.host, settings.http.port) == ("127.0.0.1", 8080)
    assert settings.http.cors_origins == ()
    assert (settings.log.level, settings.log.format) == ("info", "json")


def test_example_file_shows_every_setting_at_its_default() -> None:
    shown = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))

    assert load(EXAMPLE, Settings) == load(None, Settings)
    assert {name: set(keys) for name, keys in shown.items()} == {
        "database": set(config.Database.model_fields),
        "http": set(config.Http.model_fields),
        "log": set(Log.model_fields),
    }


def test_pool_size_may_have_its_older_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_DATABASE__POOL_SIZE", "4")
    assert load(None, Settings).pool_size == 4

    monkeypatch.setenv("CALENDAR_API__POOL_SIZE", "7")
    assert load(None, Settings).pool_size == 7


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CALENDAR_HTTP__PORT", "eighty"),
        ("CALENDAR_HTTP__PORT", "65536"),
        ("CALENDAR_HTTP__PORT", "-1"),
        ("CALENDAR_DATABASE__POOL_SIZE", "0"),
        ("CALENDAR_API__POOL_SIZE", "0"),
    ],
)
def test_value_out_of_bounds_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    key = variable.removeprefix("CALENDAR_").replace("__", ".").lower()

    with pytest.raises(ConfigError, match=f"^{key}: "):
        load(None, Settings)
