"""A Kafka that each service reaches through a proxy of its own, and the suite directly."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from calendar_local.kafka import Kafka
from calendar_local.layout import Layout
from calendar_local.ports import HOST, free_port


class ProxiedKafka(Kafka):
    """One broker with a listener for each way to it.

    Kafka tells its clients where it is. A listener that tells the proxy's address keeps them there.
    """

    def __init__(
        self, layout: Layout, *, jars: Sequence[Path], advertised: Mapping[str, int]
    ) -> None:
        super().__init__(layout, jars=jars)
        self._advertised = advertised
        self.listeners = {name: free_port() for name in advertised}

    def _settings(self) -> str:
        """Adds to the broker's settings; of a property that is there twice the last one counts."""
        direct = f"PLAINTEXT://{self.bootstrap_servers}"
        controller = f"CONTROLLER://{HOST}:{self._controller_port}"
        listeners = [f"{name}://{HOST}:{port}" for name, port in self.listeners.items()]
        advertised = [f"{name}://{HOST}:{port}" for name, port in self._advertised.items()]
        protocols = [f"{name}:PLAINTEXT" for name in ("CONTROLLER", "PLAINTEXT", *self.listeners)]
        more = {
            "listeners": ",".join([direct, controller, *listeners]),
            "advertised.listeners": ",".join([direct, *advertised]),
            "listener.security.protocol.map": ",".join(protocols),
            # What is deleted is gone at once, and not in a minute.
            "file.delete.delay.ms": "1000",
        }
        return super()._settings() + "".join(f"{name}={value}\n" for name, value in more.items())
