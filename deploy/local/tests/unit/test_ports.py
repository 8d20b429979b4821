import socket
import subprocess
import sys

from calendar_local.ports import HOST, free_port, is_free

MANY = 300
PRINT_PORTS = (
    f"from calendar_local.ports import free_port; print(*(free_port() for _ in range({MANY})))"
)


def test_ports_are_unique_across_processes() -> None:
    ours = [free_port() for _ in range(MANY)]
    theirs = subprocess.check_output([sys.executable, "-c", PRINT_PORTS], text=True).split()

    assert len({*ours, *map(int, theirs)}) == 2 * MANY


def test_port_with_a_listener_is_not_free() -> None:
    port = free_port()
    assert is_free(port)

    with socket.create_server((HOST, port)):
        assert not is_free(port)
