"""What the executable does. Apart from `cli`, because importing all this takes half a second."""

import asyncio
import sys
from pathlib import Path

from calendar_storer import app
from calendar_storer.config import MigrationSettings, Settings, WebhookSettings
from calendar_storer.database import migrations
from calendar_storer.database.pool import check_dsn
from calendar_storer.errors import ConfigError, DatabaseUnavailable, UnknownEndpoint
from calendar_storer.observability import logging
from calendar_storer.settings.loading import load
from calendar_storer.webhooks import commands as webhooks


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
        settings = load(path, MigrationSettings)
        logging.configure(settings.log)
        asyncio.run(check_dsn(settings.database.dsn))
    except ConfigError as error:
        return _fail(2, str(error))
    try:
        asyncio.run(migrations.run(settings.database.dsn))
    except DatabaseUnavailable as error:
        return _fail(1, _unavailable(settings, error))
    return 0


def manage_webhooks(path: Path | None, *, action: str, name: str | None) -> int:
    """Show the endpoints of webhooks, or change one. Returns the exit code."""
    try:
        settings = load(path, WebhookSettings)
        logging.configure(settings.log)
        asyncio.run(check_dsn(settings.database.dsn))
    except ConfigError as error:
        return _fail(2, str(error))
    try:
        output = webhooks.run(action, name, settings)
    except UnknownEndpoint as error:
        return _fail(2, str(error))
    except DatabaseUnavailable as error:
        return _fail(1, _unavailable(settings, error))
    sys.stdout.write(f"{output}\n")
    return 0


def _unavailable(settings: MigrationSettings, error: DatabaseUnavailable) -> str:
    return f"the database at {settings.database.address} is unavailable: {error}"


def _fail(code: int, reason: str) -> int:
    sys.stderr.write(f"calendar_storer: {reason}\n")
    return code
