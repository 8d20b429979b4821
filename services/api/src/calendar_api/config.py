"""The settings of the API. Nothing else looks at the environment."""

from calendar_api.settings import types
from calendar_api.settings.loading import ServiceSettings
from calendar_api.settings.types import Log, PoolSize, Port, Section


class Database(types.Database):
    """Where events are stored."""

    pool_size: PoolSize = 10
    """Most connections. A request that gets none within a second is answered with 503."""


class Http(types.Http):
    """Where the API listens. It has no login, so only on this machine unless told otherwise."""

    port: Port = 8080


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
