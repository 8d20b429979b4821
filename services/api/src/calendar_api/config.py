"""The settings: environment over file over defaults, read once, at start.

Nothing else looks at the environment.
"""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from calendar_api.errors import ConfigError

PREFIX = "CALENDAR_"

# One environment may serve all three services: what the others read is theirs to check.
SECTIONS_OF_OTHERS = frozenset({"KAFKA", "SCHEDULER", "STORER"})


# asyncpg reads the address only when it first connects, and its words may quote the password: what
# it would not read is refused at start instead. Several hosts are allowed. pydantic's PostgresDsn
# would take an unescaped password such as 12#34 for a port, and the user before it for the host.
_HOST = r"(\[[0-9A-Fa-f:.]+\]|[^\s\[\]@:/?#,]*)(:[0-9]{1,5})?"
_ADDRESS = re.compile(rf"postgres(ql)?://([^\s@/?#]*@)?{_HOST}(,{_HOST})*(/[^\s/?#]*)?(\?[^\s#]*)?")
_PORT = re.compile(r":([0-9]{1,5})(?=[,/?]|$)")
_SSL_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})


def _postgres_address(dsn: SecretStr) -> SecretStr:
    address = dsn.get_secret_value()
    ports = (int(port) for port in _PORT.findall(address))
    if not (address.isascii() and _ADDRESS.fullmatch(address) and max(ports, default=0) < 65536):
        raise ValueError("must look like postgresql://user:password@host:5432/database")
    mode = parse_qs(urlsplit(address).query).get("sslmode", ["prefer"])[-1]
    if mode not in _SSL_MODES:
        raise ValueError("has an unknown sslmode")
    return dsn


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Database(_Section):
    """Where the events are kept."""

    dsn: Annotated[SecretStr, AfterValidator(_postgres_address)]


class Http(_Section):
    """Where the API listens. On this machine only, unless told otherwise: it has no log-in."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)


class Log(_Section):
    """What goes to STDOUT."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "json"


class Api(_Section):
    """How much at once."""

    pool_size: int = Field(default=10, ge=1, le=1000)
    """Most connections to PostgreSQL; a request that gets none within a second answers 503."""


class Settings(BaseSettings):
    """All settings of the API; the contract's section 4 has the table."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    database: Database
    http: Http = Http()
    log: Log = Log()
    api: Api = Api()

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


def load(path: Path | None) -> Settings:
    """The settings from the environment and, where one is given, the YAML file at `path`.

    Raises:
        ConfigError: one line that names the key, never its value: that may be a password.
    """
    _refuse_unknown_variables()
    document = _read(path) if path else {}
    try:
        # A section that is absent is empty, so that what is told is which key of it is missing.
        return Settings(**{"database": {}, **document})
    except ValidationError as error:
        raise ConfigError("; ".join(_explain(item) for item in error.errors())) from None
    except SettingsError as error:
        raise ConfigError(str(error)) from None


def _read(path: Path) -> dict[str, Any]:
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
    if document is None:
        return {}
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise ConfigError(f"{path} must hold sections such as `database:`")
    return document


def _refuse_unknown_variables() -> None:
    known = {name.upper() for name in Settings.model_fields} | SECTIONS_OF_OTHERS
    for variable in sorted(os.environ):
        name = variable.upper()
        if name.startswith(PREFIX) and name[len(PREFIX) :].split("__")[0] not in known:
            raise ConfigError(f"unknown environment variable {variable}")


def _explain(error: Any) -> str:
    path = [str(part) for part in error["loc"]]
    key, variable = ".".join(path), PREFIX + "__".join(path).upper()
    reason = {
        "missing": f"is required; set it in the file or as {variable}",
        "extra_forbidden": "is not a setting",
    }.get(error["type"], error["msg"].removeprefix("Value error, "))
    return f"{key}: {reason}"
