"""The API in a real browser: calls of web pages from other origins, and the documentation."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest
from playwright.async_api import Browser, Error, Page, expect
from tests.integration import chromium
from tests.integration.client import User, event
from tests.integration.service import Service, refusing_port, serving

REPORTS = Path(__file__).parents[4] / "reports"

# The first test may have to install the browser.
pytestmark = pytest.mark.timeout(chromium.INSTALL_SECONDS + 120)
expect.set_options(timeout=30_000)

# Makes one call after another, and gives what a script can read of the answers.
CALLS = """
async ({url, calls}) => {
  const answers = [];
  for (const [method, path, headers, body] of calls) {
    const answer = await fetch(url + path, {method, headers, body});
    answers.push({
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: await answer.text(),
    });
  }
  return answers;
}
"""


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium.browser() as browser:
        yield browser


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1280, "height": 1000})
    yield await context.new_page()
    await context.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """The origin of a web site with these files."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Two origins; the services below allow the first."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text("<!doctype html><title>A page</title>")
    with site(folder) as allowed, site(folder) as other:
        yield allowed, other


@pytest.fixture(scope="module")
def open_service(
    dsn: str, sites: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("open")
    with serving(dsn, folder, CALENDAR_HTTP__CORS_ORIGINS=sites[0]) as service:
        service.wait_until_ready()
        yield service


async def call(page: Page, url: str, *calls: tuple[Any, ...]) -> list[Answer]:
    answers = await page.evaluate(CALLS, {"url": url, "calls": calls})
    return [Answer(**answer) for answer in answers]


def as_json(user: str, **headers: str) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"X-User-Id": user, "Content-Type": "application/json", **named}


async def test_page_of_an_allowed_origin_reads_and_writes(
    page: Page, open_service: Service, sites: tuple[str, str]
) -> None:
    await page.goto(sites[0])
    url, user = open_service.url, "page"
    body = '{"title": "From a page", "starts_at": "2044-11-23T10:00:00Z", "duration": "PT1H"}'
    headers = as_json(user, X_Request_Id="page-1", Idempotency_Key="page-1")
    [created] = await call(page, url, ("POST", "/v1/events", headers, body))
    assert created.status == 201
    assert created.headers["etag"]
    assert created.headers["x-request-id"] == "page-1"
    path, tag = created.headers["location"], created.headers["etag"]
    merge_patch = {"Content-Type": "application/merge-patch+json", "If-Match": tag}
    patched, stale, read, known, head, listed, deleted, missing = await call(
        page,
        url,
        ("PATCH", path, as_json(user) | merge_patch, '{"title": "Changed"}'),
        ("PUT", path, as_json(user, If_Match=tag), body),
        ("GET", path, {"X-User-Id": user}),
        ("GET", path, {"X-User-Id": user, "If-None-Match": "*"}),
        ("HEAD", path, {"X-User-Id": user}),
        ("GET", f"/v1/events/day?date=2044-11-23&user_id={user}", {}),
        ("DELETE", path, {"X-User-Id": user}),
        ("GET", path, {"X-User-Id": user}),
    )
    statuses = [each.status for each in (patched, stale, read, known, head, listed, deleted)]
    assert statuses == [200, 412, 200, 304, 200, 200, 204]
    assert "Changed" in read.body
    assert "Changed" in listed.body
    assert read.headers["etag"] == head.headers["etag"] == patched.headers["etag"] != tag
    assert (missing.status, "event-not-found" in missing.body) == (404, True)


async def test_page_reads_errors(
    page: Page, open_service: Service, sites: tuple[str, str], tmp_path: Path
) -> None:
    await page.goto(sites[0])
    answers = await call(
        page,
        open_service.url,
        ("GET", "/nowhere", {}),
        ("DELETE", "/v1/events", {"X-User-Id": "page"}),
        ("POST", "/v1/events", as_json("page"), "x" * 2_000_000),
        ("POST", "/v1/events", {"X-User-Id": "page"}, "plain text"),
        ("POST", "/v1/events", as_json("page"), "{"),
    )
    assert [answer.status for answer in answers] == [404, 405, 413, 415, 422]
    with (
        refusing_port() as port,
        serving(
            f"postgresql://calendar@127.0.0.1:{port}/calendar",
            tmp_path,
            CALENDAR_HTTP__CORS_ORIGINS=sites[0],
        ) as without_database,
    ):
        path = "/v1/events/day?date=2026-11-23&user_id=page"
        [unavailable] = await call(page, without_database.url, ("GET", path, {}))
    assert (unavailable.status, unavailable.headers["retry-after"]) == (503, "1")
    for answer in [*answers, unavailable]:
        assert answer.headers["x-request-id"] in answer.body


async def test_page_of_another_origin_gets_nothing(
    page: Page, open_service: Service, sites: tuple[str, str], service: Service
) -> None:
    read: tuple[Any, ...] = ("GET", "/v1/events/day?date=2026-11-23&user_id=page", {})
    with User(open_service.url) as user:
        write = ("POST", "/v1/events", as_json(user.name), event())
        for url, origin in ((open_service.url, sites[1]), (service.url, sites[0])):
            await page.goto(origin)
            for refused in (read, write):
                with pytest.raises(Error, match="Failed to fetch"):
                    await call(page, url, refused)
        assert user.listed("/day", date="2026-11-23") == []


async def test_documentation_works_without_any_other_host(page: Page, service: Service) -> None:
    addresses, complaints = [], []
    page.on("request", lambda request: addresses.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    await page.goto(service.url)
    await expect(page).to_have_url(f"{service.url}/docs")
    create = page.locator(".opblock-post").first
    await create.locator(".opblock-summary-control").click()
    await create.get_by_role("button", name="Try it out").click()
    async with page.expect_response(f"{service.url}/v1/events") as response:
        await create.get_by_role("button", name="Execute").click()
    created = await (await response.value).json()
    assert created["user_id"] == "alice"
    await expect(create.locator(".live-responses-table")).to_contain_text(created["id"])
    await expect(create.locator(".curl-command")).to_contain_text("X-User-Id: alice")
    REPORTS.mkdir(exist_ok=True)
    await page.screenshot(path=REPORTS / "docs.png", full_page=True)

    assert complaints == []  # nor does anything break the Content-Security-Policy
    assert {address.startswith(f"{service.url}/") for address in addresses} == {True}
