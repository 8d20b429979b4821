"""Types of settings, and the sections that every service has."""

import re
from datetime import timedelta
from typing import Annotated, Any, Final, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

# asyncpg reads the DSN only when it first connects, and its errors may quote the password. So what
# it would not accept is refused at start. Several hosts are allowed. pydantic's PostgresDsn would
# read an unescaped password such as 12#34 as a port, and the user before it as the host.
_HOST = r"(\[[0-9A-Fa-f:.]+\]|[^\s\[\]@:/?#,]*)(:[0-9]{1,5})?"
_DSN = re.compile(rf"postgres(ql)?://([^\s@/?#]*@)?{_HOST}(,{_HOST})*(/[^\s/?#]*)?(\?[^\s#]*)?")
_PORT = re.compile(r":([0-9]{1,5})(?=[,/?]|$)")
_SSL_MODES: Final = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})

_NUMBER = "[0-9]{1,9}"
_DURATION = re.compile(
    rf"P(?=.)(?:(?P<weeks>{_NUMBER})W)?(?:(?P<days>{_NUMBER})D)?"
    rf"(?:T(?=.)(?:(?P<hours>{_NUMBER})H)?(?:(?P<minutes>{_NUMBER})M)?"
    rf"(?:(?P<seconds>{_NUMBER}(?:[.,][0-9]{{1,6}})?)S)?)?"
)


def _check_dsn(dsn: SecretStr) -> SecretStr:
    text = dsn.get_secret_value()
    ports = (int(port) for port in _PORT.findall(text))
    if not (text.isascii() and _DSN.fullmatch(text) and max(ports, default=0) < 65536):
        raise ValueError("must look like postgresql://user:password@host:5432/database")
    if parse_qs(urlsplit(text).query).get("sslmode", ["prefer"])[-1] not in _SSL_MODES:
        raise ValueError("has an unknown sslmode")
    return dsn


def _parse_duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must be an ISO 8601 duration such as P365D, PT5M or PT0.25S")
    parts = match.groupdict(default="0").items()
    try:
        return timedelta(**{unit: float(number.replace(",", ".")) for unit, number in parts})
    except OverflowError:
        raise ValueError("is too long") from None


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


PostgresDsn = Annotated[SecretStr, AfterValidator(_check_dsn)]
IsoDuration = Annotated[timedelta, BeforeValidator(_parse_duration)]
"""A length of time in ISO 8601. Years and months have no fixed length, so they are refused."""
PoolSize = Annotated[int, Field(ge=1, le=1000)]
Port = Annotated[int, Field(ge=0, le=65535)]


class Section(BaseModel):
    """Settings that belong together. An unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Database(Section):
    """How to reach PostgreSQL."""

    dsn: PostgresDsn
    pool_size: PoolSize
    """Most connections that this process opens."""

    @property
    def address(self) -> str:
        """Host and port, as a log line may show them: without user and password."""
        parts = urlsplit(self.dsn.get_secret_value())
        query = parse_qs(parts.query)
        hosts = parts.netloc.rpartition("@")[2] or query.get("host", ["localhost"])[-1]
        port = query.get("port", ["5432"])[-1]
        return ",".join(
            host if re.search(r":[0-9]+$", host) else f"{host}:{port}" for host in hosts.split(",")
        )


class Http(Section):
    """Where to listen. Only on this machine unless told otherwise."""

    host: str = "127.0.0.1"
    port: Port


class Log(Section):
    """What goes to STDOUT."""

    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"
    format: Annotated[Literal["json", "text"], BeforeValidator(_lower)] = "json"
