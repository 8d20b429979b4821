"""What the executable does. Apart from `cli`, because importing all this takes half a second."""

import asyncio
import sys
from pathlib import Path

from calendar_api import app
from calendar_api.config import Settings
from calendar_api.database import migrations
from calendar_api.database.pool import check_dsn
from calendar_api.errors import ConfigError, DatabaseUnavailable
from calendar_api.observability import logging
from calendar_api.settings.loading import load


def serve(path: Path | None) -> int:
    """Run the service until a signal stops it. Returns the exit code."""
    try:
        settings = load(path, Settings)
        logging.configure(settings.log)
        return app.run(settings)
    except ConfigError as error:
        return _fail(2, str(error))


def migrate_database(path: Path | None) -> int:
    """Bring the tables up to date. Returns the exit code."""
    try:
        settings = load(path, Settings)
        logging.configure(settings.log)
        asyncio.run(check_dsn(settings.database.dsn))
    except ConfigError as error:
        return _fail(2, str(error))
    try:
        asyncio.run(migrations.run(settings.database.dsn))
    except DatabaseUnavailable as error:
        return _fail(1, f"the database at {settings.database.address} is unavailable: {error}")
    return 0


def _fail(code: int, reason: str) -> int:
    sys.stderr.write(f"calendar: {reason}\n")
    return code
