"""The section `kafka`, identical in the services that speak to Kafka."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from calendar_contracts import NOTIFICATIONS
from calendar_scheduler.settings.types import Section

_BROKER = re.compile(r"([^\s:\[\]]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}")


def _check_brokers(servers: str) -> str:
    if not all(_BROKER.fullmatch(server) for server in servers.split(",")):
        raise ValueError("must look like kafka-1:9092,kafka-2:9092")
    return servers


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


class Kafka(Section):
    """How to reach Kafka, which topic to use, and how to create it where it is missing."""

    bootstrap_servers: Annotated[str, AfterValidator(_check_brokers)]
    # Kafka allows 249 characters, and the dead letter topic's name is longer by four.
    topic: str = Field(default=NOTIFICATIONS, pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,244}$")
    partitions: int = Field(default=6, ge=1, le=10_000)
    replication_factor: int = Field(default=1, ge=1, le=100)
    min_insync_replicas: int = Field(default=1, ge=1, le=100)
    security_protocol: Annotated[
        Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"], BeforeValidator(_upper)
    ] = "PLAINTEXT"
    sasl_mechanism: Annotated[
        Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None, BeforeValidator(_upper)
    ] = Field(default=None, validate_default=True)
    username: str | None = Field(default=None, validate_default=True)
    password: SecretStr | None = Field(default=None, validate_default=True)
    ca_file: Path | None = None
    """Certificates to trust, PEM. Without it, the system's own."""
    cert_file: Path | None = None
    """The client's certificate, PEM. Its key may be in the same file."""
    key_file: Path | None = None

    @field_validator("min_insync_replicas")
    @classmethod
    def _fits_replication_factor(cls, value: int, info: ValidationInfo) -> int:
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
            raise ValueError(f"has no effect where kafka.security_protocol is {protocol}")
        return value

    @field_validator("ca_file", "cert_file", "key_file")
    @classmethod
    def _goes_with_tls(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        protocol = info.data.get("security_protocol", "")
        if protocol in {"PLAINTEXT", "SASL_PLAINTEXT"} and value is not None:
            raise ValueError(f"has no effect where kafka.security_protocol is {protocol}")
        if info.field_name == "key_file" and value and not info.data.get("cert_file"):
            raise ValueError("has no effect without kafka.cert_file")
        return value
