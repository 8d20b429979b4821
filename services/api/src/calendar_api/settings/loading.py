"""Loads settings: the environment wins over a YAML file, the file over the defaults."""

import os
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from calendar_api.errors import ConfigError

PREFIX: Final = "CALENDAR_"

SECTIONS: Final = frozenset({"api", "database", "http", "kafka", "log", "scheduler", "storer"})
"""The sections of all services: one environment may serve all three. Each checks its own."""


class ServiceSettings(BaseSettings):
    """Base class of the settings of a service: one field for each section."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, whose content arrives as init arguments."""
        return env_settings, init_settings


S = TypeVar("S", bound=ServiceSettings)


def load(path: Path | None, kind: type[S]) -> S:
    """Load settings of this kind from the environment and, if there is one, the file at `path`.

    Raises:
        ConfigError: one line that names the key, never its value: that may be a password.
    """
    _refuse_unknown_variables()
    document = _read(path) if path else {}
    # A missing section counts as empty, so that the error names the key that is missing in it.
    required = [name for name, field in kind.model_fields.items() if field.is_required()]
    try:
        return kind(**{name: {} for name in required} | document)
    except ValidationError as error:
        raise ConfigError("; ".join(_explain(item) for item in error.errors())) from None
    except SettingsError as error:
        raise ConfigError(str(error)) from None


def _read(path: Path) -> dict[str, Any]:
    # 1 MB of memory, which a service that is configured by its environment alone does not need.
    import yaml  # noqa: PLC0415

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{path} is not YAML{where}") from None
    except ValueError:  # From PyYAML, for a date such as 2026-13-01.
        raise ConfigError(f"{path} is not YAML") from None
    if document is None:
        return {}
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise ConfigError(f"{path} must hold sections such as `database:`")
    for name in document.keys() - SECTIONS:
        raise ConfigError(f"{name}: is not a setting")
    # A section with nothing in it: everything under its name may be commented out.
    return {name: {} if section is None else section for name, section in document.items()}


def _refuse_unknown_variables() -> None:
    for variable in sorted(os.environ):
        if not variable.upper().startswith(PREFIX):
            continue
        section, _, key = variable[len(PREFIX) :].partition("__")
        # pydantic-settings ignores what is below a key that is not a section.
        if section.lower() not in SECTIONS or not key or "__" in key:
            raise ConfigError(
                f"unknown environment variable {variable}: a variable names a section and a key,"
                " as CALENDAR_DATABASE__DSN does for database.dsn"
            )


def _explain(error: Any) -> str:
    key = ".".join(map(str, error["loc"]))
    # A variable names a section and a key; what is missing below is missing in its value.
    variable = PREFIX + "__".join(map(str, error["loc"][:2])).upper()
    reason = {
        "missing": f"is required; set it in the file or as {variable}",
        "extra_forbidden": "is not a setting",
        "model_type": "must be a section with settings in it",
    }.get(error["type"], error["msg"].removeprefix("Value error, "))
    return f"{key}: {reason}"
