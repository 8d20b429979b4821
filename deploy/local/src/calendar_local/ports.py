"""TCP ports of this machine's loopback."""

import random
import socket
from collections.abc import Iterator

HOST = "127.0.0.1"

# Below the range from which kernels number the near ends of outgoing connections: nobody takes
# such a port by accident while a server that owns it is down for a restart.
_BLOCKS = range(20_000, 32_000, 50)


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


def _ports_of_our_own() -> Iterator[int]:
    """Yield the ports of one block after another; no two processes have the same block."""
    for first in random.sample(_BLOCKS, len(_BLOCKS)):
        # UDP's ports are others than TCP's: this one is the sign that the block is taken.
        sign = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sign.bind((HOST, first))
        except OSError:
            sign.close()
        else:
            sign.detach()  # from here on open for as long as this process lives
            yield from range(first, first + _BLOCKS.step)


_unused = _ports_of_our_own()


def free_port() -> int:
    """Return a port that nobody listens on, and that no other call returns while we live.

    The server that it is for may come late, or be down for a restart.
    """
    return next(filter(is_free, _unused))
