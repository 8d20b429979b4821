"""A browser for the tests: Chromium or Chrome of this machine, else Debian's package."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import Browser, async_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL_SECONDS: Final = 600.0
MISSING: Final = (
    "The tests in a browser need Chromium or Chrome, and there is none on the PATH. As root of a"
    " Debian they install it themselves; elsewhere install it, or name one: CHROMIUM=/path/to/it"
)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A browser whose only network is this machine: all other names lead nowhere."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=_find() or _install(),
            args=["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        )
        try:
            yield chromium
        finally:
            await chromium.close()


def _find() -> str | None:
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def _install() -> str:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run(
                ["apt-get", "--quiet=2", "--option=DPkg::Lock::Timeout=300", *arguments],
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
                timeout=INSTALL_SECONDS,
                check=False,
            )
    found = _find()
    if found is None:
        pytest.fail(MISSING)
    return found
