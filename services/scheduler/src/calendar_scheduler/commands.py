"""What the executable does. Apart from `cli`, because importing all this takes half a second."""

import sys
from pathlib import Path

from calendar_scheduler import app
from calendar_scheduler.config import Settings
from calendar_scheduler.errors import ConfigError
from calendar_scheduler.observability import logging
from calendar_scheduler.settings.loading import load


def serve(path: Path | None) -> int:
    """Run the service until a signal stops it. Returns the exit code."""
    try:
        settings = load(path, Settings)
        logging.configure(settings.log)
        return app.run(settings)
    except ConfigError as error:
        return _fail(2, str(error))


def _fail(code: int, reason: str) -> int:
    sys.stderr.write(f"calendar_scheduler: {reason}\n")
    return code
