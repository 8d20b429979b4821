"""A Kafka with listeners for TLS, for SASL, and for both."""

from collections.abc import Sequence
from pathlib import Path

from calendar_local.kafka import Kafka
from calendar_local.layout import Layout
from calendar_local.ports import HOST, free_port
from calendar_local.processes import run_tool

USER = "calendar"
PASSWORD = "a-password-that-is-nowhere-else"
SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-512")

_MODULES = "org.apache.kafka.common.security"
LOGINS = {
    "PLAIN": f'{_MODULES}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";',
    **dict.fromkeys(SCRAM, f"{_MODULES}.scram.ScramLoginModule required;"),
}


class SecuredKafka(Kafka):
    """Accepts its user on the SASL listeners; the SSL listener requires a client certificate."""

    def __init__(
        self, layout: Layout, *, jars: Sequence[Path], certificate: Path, trusted: Path
    ) -> None:
        super().__init__(layout, jars=jars)
        self._certificate = certificate
        self._trusted = trusted
        self._ports = {name: free_port() for name in ("SSL", "SASL_SSL", "SASL_PLAINTEXT")}

    def address(self, security_protocol: str) -> str:
        """Return the address of a listener."""
        return f"{HOST}:{self._ports[security_protocol]}"

    async def start(self) -> None:
        """Start the broker; new storage is formatted with the user."""
        self._settings_file.write_text(self._settings())
        if not (self._data / "meta.properties").exists():
            users = [f"{each}=[name={USER},password={PASSWORD}]" for each in SCRAM]
            await run_tool(
                "Preparing Kafka's data with a user",
                *self._java("kafka.tools.StorageTool"),
                *("format", "--cluster-id", "calendarSecuredClustAA"),
                *("--config", self._settings_file),
                *(argument for user in users for argument in ("--add-scram", user)),
                log=self.child.log,
            )
        await super().start()

    async def change_password(self, mechanism: str, user: str, password: str) -> None:
        """Set the SCRAM password of a new or existing user."""
        await run_tool(
            "Changing a password",
            *self._java("kafka.admin.ConfigCommand"),
            *("--bootstrap-server", self.bootstrap_servers, "--alter"),
            *("--entity-type", "users", "--entity-name", user),
            *("--add-config", f"{mechanism}=[password={password}]"),
            log=self.child.log,
        )

    def _settings(self) -> str:
        settings = dict(line.split("=", 1) for line in super()._settings().splitlines())
        for name in self._ports:
            settings["listeners"] += f",{name}://{self.address(name)}"
            settings["advertised.listeners"] += f",{name}://{self.address(name)}"
            settings["listener.security.protocol.map"] += f",{name}:{name}"
        settings |= {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self._certificate),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self._trusted),
            "listener.name.ssl.ssl.client.auth": "required",
        }
        for listener in ("sasl_ssl", "sasl_plaintext"):
            prefix = f"listener.name.{listener}"
            settings[f"{prefix}.sasl.enabled.mechanisms"] = ",".join(LOGINS)
            for mechanism, login in LOGINS.items():
                settings[f"{prefix}.{mechanism.lower()}.sasl.jaas.config"] = login
        return "".join(f"{name}={value}\n" for name, value in settings.items())
