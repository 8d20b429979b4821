"""Asks a process to die, freeze or wait at a chosen point of its work; `hooks` do it there."""

from datetime import UTC, datetime
from pathlib import Path

from calendar_faults.waiting import until


class Points:
    """The chosen points of one run's processes. Files in `folder` are how both sides talk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ask(self, point: str, what: str) -> None:
        """The next process that comes to a point does `what` there (see calendar_faults_hooks)."""
        # Written elsewhere and then moved: nobody must find the file before the word is in it.
        asked = self.folder / f"{point}.asked"
        asked.write_text(what)
        asked.rename(self.folder / point)

    async def reached(self, point: str, *, seconds: float = 15) -> datetime:
        """Waits until a process has come to a point where something was asked of it; when it did.

        By the machine's clock, which is also the database's.
        """
        file = self.folder / f"{point}.reached"

        async def look() -> bool:
            return file.exists()

        await until(look, seconds=seconds, what=f"somebody is at the point {point}")
        # A file that is renamed is changed, though what is in it is not.
        return datetime.fromtimestamp(file.stat().st_ctime, UTC)

    def let_go(self, point: str) -> None:
        """Whoever is held at a point goes on."""
        (self.folder / f"{point}.reached").unlink()
