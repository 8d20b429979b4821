"""The settings of the API. Nothing else looks at the environment."""

import json
import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from calendar_api.settings import types
from calendar_api.settings.loading import ServiceSettings
from calendar_api.settings.types import Log, PoolSize, Port, Section

# As browsers send them: in lower case, with a port only where it is not the scheme's.
_ORIGIN: Final = re.compile(
    r"\*|(?!http://[^/]*:80$|https://[^/]*:443$)"
    r"[a-z][a-z0-9+.-]*://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?"
)


def _split(value: Any) -> Any:
    """Of an environment variable: a JSON array, or texts between commas or spaces."""
    if not isinstance(value, str):
        return value
    return json.loads(value) if value.startswith("[") else re.findall(r"[^,\s]+", value)


def _check_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    if not all(map(_ORIGIN.fullmatch, origins)):
        raise ValueError(
            "must be origins as browsers send them, such as https://calendar.example.org or"
            " http://localhost:3000: without a path, a slash at the end, or the scheme's own port"
        )
    return origins


Origins = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_check_origins)
]


class Database(types.Database):
    """Where events are stored."""

    pool_size: PoolSize = 10
    """Most connections. A request that gets none within a second is answered with 503."""


class Http(types.Http):
    """Where the API listens. It has no login, so only on this machine unless told otherwise."""

    port: Port = 8080
    cors_origins: Origins = ()
    """Web pages of these origins may call the API from a browser; `*`: of all origins."""


class Api(Section):
    """Settings of the API alone."""

    pool_size: PoolSize | None = None
    """The name of `database.pool_size` in version 1.0. Where it is set, it counts."""


class Settings(ServiceSettings):
    """All settings of the API. Its README has the table."""

    database: Database
    http: Http = Http()
    log: Log = Log()
    api: Api = Api()

    @property
    def pool_size(self) -> int:
        """Most connections to PostgreSQL."""
        return self.api.pool_size or self.database.pool_size
