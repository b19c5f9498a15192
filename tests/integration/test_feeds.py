"""A feed at an address: fetched, kept, skipped, refused."""

import asyncio
import gzip
import io
import socket
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from importers.feeds.addresses import CheckedResolver
from importers.feeds.feed_folder import FOLDER
from importers.feeds.feed_import import NamedFeed, feed_at, feed_of, import_feed
from importers.options import ImportOptions, ImportStores
from importers.report import ImportReport
from importers.wiring import open_stage
from personalization.adapters.sqlite.audit_log import SqliteAuditLog
from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.domain.access.shop import SHOP
from personalization.domain.errors import FeedUnavailableError, ImportRejectedError
from personalization.settings.feeds import FeedSettings, FeedSource
from personalization.settings.storage import StorageSettings
from tests.builders.settable_clock import SettableClock
from tests.unit.importers.silent_progress import SilentProgress

HEADER = "id,title,was,price\n"
ROWS = HEADER + "A,Hat,,5\nB,Cap,,6\nC,Tie,,7\n"


class FeedServer(BaseHTTPRequestHandler):
    """Answers with what a test has put under a path."""

    answers: ClassVar[dict[str, tuple[int, dict[str, str], bytes]]] = {}
    asked: ClassVar[list[dict[str, str]]] = []

    def do_GET(self) -> None:
        self.asked.append(dict(self.headers))
        status, headers, body = self.answers[self.path]
        if headers.get("ETag") == self.headers.get("If-None-Match", "none"):
            status, body = 304, b""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base has it
        """Say nothing."""


class Visits:
    """A shop whose feed lies on this machine."""

    def __init__(self, port: int, home: Path) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.settings = FeedSettings(
            allowed_hosts=("127.0.0.1",), allow_http=True, allow_local=True, most_mib=1, seconds=5
        )
        self.clock = SettableClock()
        self.home = home
        self.catalogue = SqliteCatalogue(home / "catalogue.sqlite", 0)
        self.history = SqliteEventHistory(home / "history.sqlite", 0)
        self.audit = SqliteAuditLog(home / "audit.sqlite", 0)
        self.stores = ImportStores(
            self.catalogue,
            self.history,
            partial(open_stage, minimum_free_mib=0),
            audit=self.audit,
        )

    def answer(
        self, body: str | bytes, path: str = "/feed", status: int = 200, **headers: str
    ) -> None:
        content = body if isinstance(body, bytes) else body.encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        FeedServer.answers[path] = (status, {"Content-Type": "text/csv", **named}, content)

    def visit(
        self, path: str = "/feed", feed: NamedFeed | None = None, *, full: bool = True
    ) -> ImportReport | None:
        source = FeedSource(url=self.root + path, full=full)
        options = ImportOptions(
            storage=StorageSettings(home=self.home, minimum_free_mib=0), clock=self.clock
        )
        named = feed or NamedFeed("main", source)
        return import_feed(named, self.stores, options, self.settings, SilentProgress())

    def titles(self) -> dict[str, str]:
        return {
            product.product_id: product.title
            for some in self.catalogue.all_products()
            for product in some
            if product.retired_at is None
        }


@pytest.fixture
def visits(tmp_path: Path) -> Iterator[Visits]:
    """Serve on a port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), FeedServer)
    thread = Thread(target=partial(server.serve_forever, poll_interval=0.01))
    thread.start()
    FeedServer.answers.clear()
    FeedServer.asked.clear()
    shop = Visits(server.server_address[1], tmp_path)
    yield shop
    server.shutdown()
    thread.join()
    server.server_close()
    for store in (shop.catalogue, shop.history, shop.audit):
        store.close()


def test_a_feed_is_imported_once_and_again_when_it_has_changed(visits: Visits) -> None:
    visits.answer(ROWS, ETag='"1"')
    first = visits.visit()
    assert first is not None
    assert (first.new_products, first.feed) == (3, "main")
    assert visits.visit() is None
    assert FeedServer.asked[-1]["If-None-Match"] == '"1"'
    visits.answer(ROWS)
    assert visits.visit() is None, "the same bytes with another head"
    visits.answer(ROWS.replace("Hat", "Top hat"), ETag='"2"')
    visits.clock.advance(timedelta(hours=1))
    second = visits.visit()
    assert second is not None
    assert (second.changed_fields, visits.titles()["A"]) == ({"title": 1}, "Top hat")
    [newest, oldest] = visits.audit.newest(SHOP, 10)
    assert (newest.action, newest.subject) == ("catalogue.import", "main")
    assert oldest.before is None
    assert newest.before is not None
    assert '"generation":1' in newest.before
    assert sorted(path.name for path in (visits.home / FOLDER / "main").iterdir()) == [
        "import.lock", "main.feed", "products.npy", "report.json", "state.json",
    ]  # fmt: skip


def test_a_feed_that_does_not_change_is_imported_again_after_a_day(visits: Visits) -> None:
    visits.answer(ROWS, ETag='"1"')
    visits.visit()
    visits.clock.advance(timedelta(hours=25))
    report = visits.visit()
    assert report is not None
    assert (report.new_products, report.changed_products) == (0, 0)
    assert visits.visit() is None


def test_one_feed_of_several_retires_only_what_it_had_itself(visits: Visits) -> None:
    visits.answer(ROWS)
    visits.visit()
    visits.answer(f"{HEADER}X,Shoe,,5\nY,Boot,,6\n", path="/shoes")
    shoes = NamedFeed("shoes", FeedSource(url=f"{visits.root}/shoes", full=True))
    visits.visit(feed=shoes)
    assert set(visits.titles()) == {"A", "B", "C", "X", "Y"}
    visits.answer(f"{HEADER}X,Shoe,,5\n", path="/shoes")
    report = visits.visit(feed=shoes)
    assert report is not None
    assert (report.retired, set(visits.titles())) == (1, {"A", "B", "C", "X"})
    visits.answer(f"{HEADER}A,Hat,,5\n")
    with pytest.raises(ImportRejectedError, match="2 of the 3 products"):
        visits.visit()
    assert "C" in visits.titles()


@pytest.mark.parametrize("packing", ["gzip", "zip"])
def test_a_packed_feed_is_unpacked(visits: Visits, packing: str) -> None:
    body = gzip.compress(ROWS.encode())
    if packing == "zip":
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("feed.csv", ROWS)
        body = archive.getvalue()
    visits.answer(body, Content_Type="application/octet-stream")
    visits.visit()
    assert len(visits.titles()) == 3


def test_what_the_settings_say_of_a_feed_holds(visits: Visits) -> None:
    visits.answer("nr;title;cost\nA;Hat;5,50\n")
    source = FeedSource(
        url=f"{visits.root}/feed", map={"id": "nr", "price": "cost"}, currency="EUR"
    )
    settings = visits.settings.model_copy(update={"sources": {"main": source}})
    visits.visit(feed=feed_of("main", settings))
    [[product]] = visits.catalogue.all_products()
    assert (product.product_id, product.price, product.currency) == ("A", 5.5, "EUR")
    with pytest.raises(ImportRejectedError, match="which has main"):
        feed_of("other", settings)


def zip_bomb() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("feed.csv", ROWS + " " * (3 << 20))
    return archive.getvalue()


@pytest.mark.parametrize(
    ("body", "status", "headers", "message"),
    [
        ("<html>", 200, {"Content_Type": "text/html; charset=utf-8"}, "text/html"),
        ("x", 200, {"Content_Type": "image/png"}, "image/png"),
        ("x", 404, {}, "answers 404"),
        (" " * (2 << 20), 200, {}, "more than 1 MiB"),
        (zip_bomb(), 200, {}, "unpacks to more than 1 MiB"),
        ("", 302, {"Location": "http://169.254.169.254/latest"}, "fetched from 169.254.169.254"),
        ("", 302, {"Location": "file:///etc/passwd"}, "begins with https"),
        ("", 302, {"Location": "/feed"}, "more than 3 times"),
        ("", 200, {}, "header"),
    ],
)
def test_what_is_no_feed_is_refused_and_leaves_nothing(
    visits: Visits, body: str | bytes, status: int, headers: dict[str, str], message: str
) -> None:
    visits.answer(body, status=status, **headers)
    with pytest.raises(ImportRejectedError, match=message):
        visits.visit()
    assert visits.titles() == {}
    assert [path.name for path in (visits.home / FOLDER / "main").iterdir()] == ["import.lock"]


def test_a_feed_of_this_machine_needs_to_be_allowed(visits: Visits) -> None:
    visits.answer(ROWS)
    visits.settings = visits.settings.model_copy(update={"allow_local": False})
    with pytest.raises(ImportRejectedError, match="local network"):
        visits.visit()
    port = visits.root.rpartition(":")[2]
    named = {"allow_local": False, "allowed_hosts": ("localhost",)}
    visits.settings = visits.settings.model_copy(update=named)
    with pytest.raises(ImportRejectedError, match="local network"):
        visits.visit(feed=NamedFeed("name", FeedSource(url=f"http://localhost:{port}/feed")))
    assert FeedServer.asked == []


def test_a_name_that_resolves_to_this_machine_is_refused_before_anything_is_connected() -> None:
    with pytest.raises(ImportRejectedError, match="local network"):
        asyncio.run(CheckedResolver(FeedSettings()).resolve("localhost", 443))
    allowed = CheckedResolver(FeedSettings(allow_local=True))
    found = asyncio.run(allowed.resolve("localhost", 443, socket.AF_INET))
    assert [each["host"] for each in found] == ["127.0.0.1"]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_server_that_is_not_well_is_asked_again_later(visits: Visits, status: int) -> None:
    visits.answer("", status=status)
    with pytest.raises(FeedUnavailableError, match=str(status)):
        visits.visit()
    visits.answer(ROWS, Content_Length=str(len(ROWS) + 100))
    visits.settings = visits.settings.model_copy(update={"seconds": 0.3})
    with pytest.raises(FeedUnavailableError):
        visits.visit()


def test_a_feed_is_named_after_its_address_without_its_password(visits: Visits) -> None:
    feed = feed_at("https://user:secret@feeds.shop.example/a.xml?key=1")
    assert "key" not in feed.name
    assert feed.name == feed_at(replace(feed).source.url).name
    for number in range(10):
        visits.answer(ROWS, path=f"/feed{number}")
        assert visits.visit(feed=feed_at(f"{visits.root}/feed{number}")) is not None
    assert len(list((visits.home / FOLDER).iterdir())) == 8
