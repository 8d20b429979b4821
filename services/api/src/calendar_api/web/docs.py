"""The interactive documentation at `/docs`: Swagger UI, with all that it needs from here.

The package fastapi-offline carries its files; nothing is loaded from another host (docs/adr/0015).
"""

from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from calendar_api.web.entity_tags import etag, is_known

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

# Addresses are relative, so that the page works below any path of a gateway.
_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" href="docs/favicon.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""

_START: Final = """\
const ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  onComplete: () => ui.preauthorizeApiKey("userHeader", "alice"),
});
"""


def routes(title: str) -> list[Route]:
    """The page, its files, and the way from `/` to it."""
    return [
        Route("/", _redirect),
        _route("/docs", _PAGE.format(title=title).encode(), "text/html"),
        _route("/docs/start.js", _START.encode(), "text/javascript"),
        _route("/docs/swagger-ui-bundle.js", _asset("swagger-ui-bundle.js"), "text/javascript"),
        _route("/docs/swagger-ui.css", _asset("swagger-ui.css"), "text/css"),
        _route("/docs/favicon.png", _asset("favicon.png"), "image/png"),
    ]


async def _redirect(_request: Request) -> Response:
    return RedirectResponse("./docs")


def _route(path: str, content: bytes, media_type: str) -> Route:
    digest = sha256(content).hexdigest()
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "ETag": etag(digest)}

    async def serve(request: Request) -> Response:
        if is_known(request.headers.get("If-None-Match"), digest):
            return Response(None, HTTPStatus.NOT_MODIFIED, headers)
        return Response(content, headers=headers, media_type=media_type)

    return Route(path, serve)


def _asset(name: str) -> bytes:
    return (files("fastapi_offline") / "static" / name).read_bytes()
