"""Drops root privileges in child processes: PostgreSQL refuses to run as root."""

import ctypes
import os
import pwd
import struct
import sys
from pathlib import Path

_USER = "nobody"

_CAP_DAC_OVERRIDE = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
# struct __user_cap_header_struct (version 3, this process) and two __user_cap_data_struct.
_CAPABILITY_HEADER = struct.pack("Ii", 0x20080522, 0)
_CAPABILITIES = struct.pack("6I", *[1 << _CAP_DAC_OVERRIDE] * 3, 0, 0, 0)

# Loaded here, because a forked child must not import or load anything.
_libc = ctypes.CDLL(None)


def is_root() -> bool:
    """Whether this process runs as root."""
    return os.geteuid() == 0


def hand_over(path: Path) -> None:
    """Change the owner of a path to `nobody`; does nothing unless root."""
    if is_root():
        user = pwd.getpwnam(_USER)
        os.chown(path, user.pw_uid, user.pw_gid)


def become_nobody() -> None:
    """Drop root privileges; to be called between fork and exec.

    On Linux, CAP_DAC_OVERRIDE is kept, so that a clone below `/root` or in a `mktemp -d` works
    without changed permissions. In a container without this capability the calls fail, and only
    such folders are inaccessible.
    """
    user = pwd.getpwnam(_USER)
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    if sys.platform == "linux":
        _libc.capset(_CAPABILITY_HEADER, _CAPABILITIES)
        _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)
