"""TCP ports of this machine's loopback."""

import random
import socket

HOST = "127.0.0.1"

# Below the range from which kernels number the near ends of outgoing connections: nobody takes
# such a port by accident while a server that owns it is down for a restart.
_FREE_PORTS = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a connection that has just ended does not keep the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """Return a port that nobody listens on, picked at random so that two callers seldom agree."""
    while True:
        port = random.choice(_FREE_PORTS)  # noqa: S311
        if is_free(port):
            return port
