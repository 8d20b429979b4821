"""HEAD, for every path that has GET."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadMiddleware:
    """Has the application answer HEAD as GET. The server leaves out the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_to_head(message: Message) -> None:
            scope["method"] = "HEAD"  # The server looks at it.
            await send(message)

        # Not in a copy of the scope, which also says to others what the application found.
        scope["method"] = "GET"
        try:
            await self._app(scope, receive, send_to_head)
        finally:
            scope["method"] = "HEAD"
