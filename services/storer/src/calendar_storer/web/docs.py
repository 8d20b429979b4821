"""The documentation: the OpenAPI document, and at `/docs` Swagger UI, which shows it.

The package fastapi-offline carries Swagger UI; nothing is loaded from another host (docs/adr/0015).
"""

import asyncio
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from calendar_storer.web.entity_tags import etag, is_known
from calendar_storer.web.route import JSON

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def routes() -> list[Route]:
    """The document, the page that shows it, the files of the page, and the way from `/` to it."""
    # Addresses in the page are relative, so that it works below any path of a gateway.
    own = files("calendar_storer.web") / "static"
    swagger_ui = files("fastapi_offline") / "static"
    return [
        Route("/", _redirect),
        _route("/openapi.json", own / "openapi.json", JSON),
        _route("/docs", own / "docs.html", "text/html"),
        _route("/docs/start.js", own / "start.js", "text/javascript"),
        _route(
            "/docs/swagger-ui-bundle.js", swagger_ui / "swagger-ui-bundle.js", "text/javascript"
        ),
        _route("/docs/swagger-ui.css", swagger_ui / "swagger-ui.css", "text/css"),
        _route("/docs/favicon.png", swagger_ui / "favicon.png", "image/png"),
    ]


async def _redirect(_request: Request) -> Response:
    return RedirectResponse("./docs")


def _route(path: str, file: Traversable, media_type: str) -> Route:
    """Serves the file. Each request reads it: in memory, the files would take 2 MB."""
    digest = sha256(file.read_bytes()).hexdigest()
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "ETag": etag(digest)}

    async def serve(request: Request) -> Response:
        if is_known(request.headers.get("If-None-Match"), digest):
            return Response(None, HTTPStatus.NOT_MODIFIED, headers)
        content = await asyncio.to_thread(file.read_bytes)
        return Response(content, headers=headers, media_type=media_type)

    return Route(path, serve)
