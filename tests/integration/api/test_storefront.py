"""The storefront's pages and files over HTTP."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from api.http.built_site import BuiltSite
from api.state import ApiServices
from tests.integration.api.serving import serve

SCRIPT = b"let a = 1; " * 100
FONT = b"wOF2"
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a build of a home page, a page for what is missing, a script and a font."""
    folder = tmp_path / "out"
    (folder / "_next").mkdir(parents=True)
    (folder / "index.html").write_bytes(b"<p>home</p>")
    (folder / "404.html").write_bytes(b"<p>nothing here</p>")
    (folder / "_next" / "a.js").write_bytes(SCRIPT)
    (folder / "_next" / "a.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "_next" / "font.woff2").write_bytes(FONT)
    (folder / "site.json").write_text(json.dumps({"pages": {"index": [], "404": []}}))
    return folder


@pytest.fixture
def browser(services: ApiServices, folder: Path) -> Iterator[httpx.Client]:
    with (
        serve(replace(services, site=BuiltSite(folder))) as address,
        httpx.Client(base_url=address, headers=BROWSER) as client,
    ):
        yield client


@pytest.mark.parametrize("path", ["/", "/_next/a.js", "/_next/font.woff2"])
def test_a_version_that_is_known_is_not_sent_again(browser: httpx.Client, path: str) -> None:
    whole = browser.get(path)
    etag = whole.headers["etag"]
    for known in ("*", etag, f'"other", {etag}', etag.removeprefix("W/")):
        for method in ("GET", "HEAD"):
            answer = browser.request(method, path, headers={"if-none-match": known})
            assert (answer.status_code, answer.content) == (304, b""), known
            assert answer.headers["etag"] == etag
            assert answer.headers.get("vary") == whole.headers.get("vary")
    other = {"if-none-match": etag.removeprefix("W/").strip('"')}
    assert browser.get(path, headers=other).status_code == 200


def test_vary_names_what_an_answer_goes_by(browser: httpx.Client) -> None:
    assert browser.get("/").headers.get_list("vary") == ["accept-encoding"]
    script = browser.get("/_next/a.js")
    assert script.headers["vary"] == "accept-encoding"
    assert script.headers["content-encoding"] == "gzip"
    assert "vary" not in browser.get("/_next/font.woff2").headers
    assert browser.get("/nowhere").headers["vary"] == "accept-encoding, accept"
    assert browser.get("/nowhere", headers={"accept": "*/*"}).headers["vary"] == "accept"
    assert "vary" not in browser.get("/v1/nowhere").headers


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
@pytest.mark.parametrize("path", ["/", "/nowhere", "/v1/nowhere", "/_next/b.js", "/_next/a.js"])
def test_head_says_of_everything_what_get_says(
    browser: httpx.Client, path: str, accept: str
) -> None:
    whole = browser.get(path, headers={"accept": accept})
    asked = browser.head(path, headers={"accept": accept})

    assert asked.status_code == whole.status_code
    assert asked.content == b""
    assert asked.headers == {**whole.headers, "date": asked.headers["date"]}


def test_a_browser_that_looks_for_nothing_gets_a_page_and_a_program_a_problem(
    browser: httpx.Client,
) -> None:
    page = browser.get("/nowhere")
    assert (page.status_code, page.text) == (404, "<p>nothing here</p>")
    problem = browser.get("/nowhere", headers={"accept": "application/json"})
    assert problem.json()["type"] == "/problems/not-found"
    assert browser.post("/nowhere").json()["type"] == "/problems/not-found"


def test_no_cache_keeps_that_a_file_of_another_release_is_missing(browser: httpx.Client) -> None:
    missing = browser.get("/_next/b.js")
    assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-store")
    assert "immutable" in browser.get("/_next/a.js").headers["cache-control"]


@pytest.mark.parametrize("lost", ["site.json", "index.html"])
def test_without_a_whole_build_a_browser_is_told_what_to_do(
    services: ApiServices, folder: Path, lost: str, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / lost).unlink()

    with (
        serve(replace(services, site=BuiltSite(folder))) as address,
        httpx.Client(base_url=address) as client,
    ):
        page = client.get("/", headers=BROWSER)
        problem = client.get("/product/shirt-1")
        script = client.get("/_next/a.js")
        missing = client.get("/nowhere", headers=BROWSER)
        catalogue = client.get("/v1/categories")

    assert page.status_code == problem.status_code == 503
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "make web" in page.text
    assert problem.json()["type"] == "/problems/storefront-not-built"
    assert {answer.headers["vary"] for answer in (page, problem)} == {"accept"}
    assert {answer.headers["cache-control"] for answer in (page, problem)} == {"no-store"}
    assert script.status_code == missing.status_code == 404
    assert catalogue.status_code == 200
    (said,) = [record.getMessage() for record in caplog.records if record.name == "api.app"]
    assert "no storefront" in said
    assert "make web" in said
