"""The settings: environment over file over defaults, read once, at start.

Nothing else looks at the environment.
"""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlsplit

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from calendar_contracts import NOTIFICATIONS
from calendar_scheduler import durations
from calendar_scheduler.errors import ConfigError

PREFIX = "CALENDAR_"

# One environment may serve all three services: what the others read is theirs to check.
SECTIONS_OF_OTHERS = frozenset({"API", "STORER"})

# asyncpg reads the address only when it first connects, and its words may quote the password: what
# it would not read is refused at start instead. Several hosts are allowed. pydantic's PostgresDsn
# would take an unescaped password such as 12#34 for a port, and the user before it for the host.
_HOST = r"(\[[0-9A-Fa-f:.]+\]|[^\s\[\]@:/?#,]*)(:[0-9]{1,5})?"
_ADDRESS = re.compile(rf"postgres(ql)?://([^\s@/?#]*@)?{_HOST}(,{_HOST})*(/[^\s/?#]*)?(\?[^\s#]*)?")
_PORT = re.compile(r":([0-9]{1,5})(?=[,/?]|$)")
_SSL_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})

_BROKER = re.compile(r"([^\s:\[\]]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}")

Duration = Annotated[timedelta, BeforeValidator(durations.parse)]


def _postgres_address(dsn: SecretStr) -> SecretStr:
    address = dsn.get_secret_value()
    ports = (int(port) for port in _PORT.findall(address))
    if not (address.isascii() and _ADDRESS.fullmatch(address) and max(ports, default=0) < 65536):
        raise ValueError("must look like postgresql://user:password@host:5432/database")
    mode = parse_qs(urlsplit(address).query).get("sslmode", ["prefer"])[-1]
    if mode not in _SSL_MODES:
        raise ValueError("has an unknown sslmode")
    return dsn


def _broker_addresses(servers: str) -> str:
    if not all(_BROKER.fullmatch(server) for server in servers.split(",")):
        raise ValueError("must look like kafka-1:9092,kafka-2:9092")
    return servers


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Database(_Section):
    """Where the API keeps events and reminders."""

    dsn: Annotated[SecretStr, AfterValidator(_postgres_address)]


class Kafka(_Section):
    """Where notifications go, and how their topics are made where they are missing."""

    bootstrap_servers: Annotated[str, AfterValidator(_broker_addresses)]
    # Kafka takes 249 characters, and the dead letter topic's name is longer by four.
    topic: str = Field(default=NOTIFICATIONS, pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,244}$")
    partitions: int = Field(default=6, ge=1, le=10_000)
    replication_factor: int = Field(default=1, ge=1, le=100)
    min_insync_replicas: int = Field(default=1, ge=1, le=100)
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        default=None, validate_default=True
    )
    username: str | None = Field(default=None, validate_default=True)
    password: SecretStr | None = Field(default=None, validate_default=True)
    ca_file: Path | None = None
    """Certificates to trust, PEM; the system's own where none is given."""
    cert_file: Path | None = None
    """The client's certificate, PEM; its key may be in the same file."""
    key_file: Path | None = None

    @field_validator("min_insync_replicas")
    @classmethod
    def _can_be_reached(cls, value: int, info: ValidationInfo) -> int:
        if value > info.data.get("replication_factor", value):
            raise ValueError("must not be more than kafka.replication_factor")
        return value

    @field_validator("sasl_mechanism", "username", "password")
    @classmethod
    def _goes_with_sasl(cls, value: object, info: ValidationInfo) -> object:
        protocol = info.data.get("security_protocol", "")
        if protocol.startswith("SASL") and value is None:
            raise ValueError(f"is required where kafka.security_protocol is {protocol}")
        if protocol in {"PLAINTEXT", "SSL"} and value is not None:
            raise ValueError(f"means nothing where kafka.security_protocol is {protocol}")
        return value

    @field_validator("ca_file", "cert_file", "key_file")
    @classmethod
    def _goes_with_tls(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        protocol = info.data.get("security_protocol", "")
        if protocol in {"PLAINTEXT", "SASL_PLAINTEXT"} and value is not None:
            raise ValueError(f"means nothing where kafka.security_protocol is {protocol}")
        if info.field_name == "key_file" and value and not info.data.get("cert_file"):
            raise ValueError("means nothing without kafka.cert_file")
        return value


class Http(_Section):
    """Where health and metrics are served. On this machine only, unless told otherwise."""

    host: str = "127.0.0.1"
    port: int = Field(default=8081, ge=0, le=65535)


class Log(_Section):
    """What goes to STDOUT."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "json"


class Scheduler(_Section):
    """How often and how much."""

    poll_interval: Duration = Field(
        default=timedelta(seconds=0.25), ge=timedelta(seconds=0.01), le=timedelta(minutes=1)
    )
    """The longest sleep: what is written already due waits so long at most."""
    batch_size: int = Field(default=500, ge=1, le=1000)
    """Most reminders that one transaction locks and sends."""
    retention: Duration = Field(
        default=timedelta(days=365), ge=timedelta(seconds=1), le=timedelta(days=36_525)
    )
    """Events that ended longer ago are deleted."""
    cleanup_interval: Duration = Field(
        default=timedelta(hours=1), ge=timedelta(seconds=0.1), le=timedelta(days=7)
    )


class Settings(BaseSettings):
    """All settings of the Scheduler; its README has the table."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    database: Database
    kafka: Kafka
    http: Http = Http()
    log: Log = Log()
    scheduler: Scheduler = Scheduler()

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
        return Settings(**document)
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
