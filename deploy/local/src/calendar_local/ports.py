"""Free TCP ports on loopback."""

import random
import socket
from collections.abc import Iterator

HOST = "127.0.0.1"

# Below the ephemeral port range, so that no outgoing connection takes the port of a server while
# it restarts.
_BLOCKS = range(20_000, 32_000, 50)


def is_free(port: int) -> bool:
    """Whether a server can listen on this port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Like servers, so that connections in TIME_WAIT do not block the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _reserved_ports() -> Iterator[int]:
    """Yield ports from blocks that no other process uses."""
    for first in random.sample(_BLOCKS, len(_BLOCKS)):
        # A bound UDP port marks the block as taken; it does not block the TCP port.
        marker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            marker.bind((HOST, first))
        except OSError:
            marker.close()
        else:
            marker.detach()  # stays open until this process exits
            yield from range(first, first + _BLOCKS.step)


_unused = _reserved_ports()


def free_port() -> int:
    """Return a free port that no other call returns while this process runs."""
    return next(filter(is_free, _unused))
