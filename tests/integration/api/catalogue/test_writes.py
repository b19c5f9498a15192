"""Bodies of many products: judged line by line, stored in slices, never more than is answered."""

import gzip
import json
import socket
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest

from api.state import ApiServices
from personalization.catalogue.editing.product_write import LINES_PER_SLICE
from personalization.domain.identifiers import ProductId
from personalization.settings.http_limits import HttpLimits
from tests.builders.access.known_keys import PUBLISHABLE, SERVER
from tests.integration.api.catalogue.calls import (
    KEY,
    NDJSON,
    SHIRT,
    lines,
    pack,
    put_lines,
    shop_client,
)
from tests.integration.api.serving import serve
from tests.waiting import eventually

PRODUCTS = "/v1/catalogue/products"


@pytest.fixture
def shop(address: str) -> Iterator[httpx.Client]:
    with shop_client(address) as opened:
        yield opened


def shirts(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{**SHIRT, "id": f"polo-{number}", **fields} for number in range(count)]


def test_lines_are_judged_each_and_in_order(shop: httpx.Client, services: ApiServices) -> None:
    spoiled = b'{"id": "x", "title": "\xff"}\n'
    long = json.dumps({**SHIRT, "id": "long", "description": "x" * 1_048_576}).encode() + b"\n"
    body = lines([SHIRT]) + spoiled + b"\n" + long + lines([{**SHIRT, "price": "1.299,00 €"}])
    verdicts = put_lines(shop, body)
    assert [(verdict["line"], verdict["verdict"]) for verdict in verdicts] == [
        (1, "created"),
        (2, "rejected"),
        (4, "rejected"),
        (5, "updated"),
    ]
    assert [verdicts[place]["errors"][0]["code"] for place in (1, 2)] == [
        "malformed_json",
        "line_too_long",
    ]
    product = services.catalogue.read_products([ProductId("polo")])[ProductId("polo")]
    assert (product.price, product.currency) == (1299.0, "EUR")


def test_thousands_of_lines_come_back_in_order_and_change_nothing_twice(
    shop: httpx.Client, services: ApiServices
) -> None:
    count = 3 * LINES_PER_SLICE + 7
    body, headers = pack(lines(shirts(count)))
    verdicts = put_lines(shop, body, headers)
    assert [verdict["line"] for verdict in verdicts] == list(range(1, count + 1))
    assert {verdict["verdict"] for verdict in verdicts} == {"created"}
    assert services.catalogue.product_count() == count + 2
    again = put_lines(shop, body, headers)
    assert {verdict["verdict"] for verdict in again} == {"unchanged"}


DOCUMENTS: Final[tuple[tuple[Any, list[str]], ...]] = (
    ([SHIRT, {"id": "x"}], ["created", "rejected"]),
    (SHIRT, ["unchanged"]),
    ([SHIRT, 7, [], "], {"], ["unchanged", "rejected", "rejected", "rejected"]),
)


def test_json_is_answered_with_a_document(shop: httpx.Client) -> None:
    for body, verdicts in DOCUMENTS:
        answer = shop.put(PRODUCTS, json=body)
        assert answer.headers["content-type"] == "application/json"
        document = answer.json()
        assert [verdict["verdict"] for verdict in document["verdicts"]] == verdicts
        assert sum(document["counts"].values()) == len(verdicts)
    assert shop.put(PRODUCTS, json=[{}]).status_code == 422


Unread = tuple[bytes, dict[str, str], int, str]
UNREADABLE: Final[tuple[Unread, ...]] = (
    (b"", NDJSON, 422, "wrong-shape"),
    (b" \n\n", NDJSON, 422, "wrong-shape"),
    (b"[]", {"content-type": "application/json"}, 422, "wrong-shape"),
    (b"[{}", {"content-type": "application/json"}, 400, "malformed-json"),
    (b"[] {}", {"content-type": "application/json"}, 400, "malformed-json"),
    (b"id,title", {"content-type": "text/csv"}, 415, "unknown-media-type"),
    (b"{}", {}, 415, "unknown-media-type"),
    (b"{}", {**NDJSON, "content-encoding": "br"}, 415, "unknown-encoding"),
    (b"{}", {**NDJSON, "content-encoding": "gzip"}, 400, "malformed-body"),
    (gzip.compress(b"{}")[:-5], {**NDJSON, "content-encoding": "gzip"}, 400, "malformed-body"),
)


def test_a_body_that_cannot_be_read_is_a_problem(shop: httpx.Client) -> None:
    for body, headers, status, slug in UNREADABLE:
        answer = shop.put(PRODUCTS, content=body, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")


def test_a_small_body_that_unpacks_into_a_huge_one_is_stopped(
    shop: httpx.Client, services: ApiServices
) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = packer.compress(lines([SHIRT]))
    bomb += b"".join(packer.compress(b" " * 1_048_576) for _ in range(70)) + packer.flush()
    headers = {**NDJSON, "content-encoding": "gzip"}
    answer = shop.put(PRODUCTS, content=bomb, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")
    assert services.catalogue.read_products([ProductId("polo")]) == {}


def test_what_follows_after_too_many_lines_is_said_not_to_be_stored(
    shop: httpx.Client, services: ApiServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.catalogue.bulk_write.MOST_LINES", LINES_PER_SLICE + 3)
    verdicts = put_lines(shop, lines(shirts(LINES_PER_SLICE + 9)))
    assert [verdict["verdict"] for verdict in verdicts[-2:]] == ["created", "failed"]
    assert verdicts[-1]["errors"][0]["code"] == "batch-too-large"
    assert verdicts[-1]["line"] == LINES_PER_SLICE + 4
    assert services.catalogue.product_count() == LINES_PER_SLICE + 3 + 2


def test_only_a_secret_key_may_write(address: str, services: ApiServices) -> None:
    with httpx.Client(base_url=address) as visitor:
        for headers, status in (
            ({}, 401),
            ({"x-fitting-room-key": PUBLISHABLE}, 403),
            ({**KEY, "origin": "https://shop.example"}, 403),
        ):
            answer = visitor.put(PRODUCTS, content=lines([SHIRT]), headers={**NDJSON, **headers})
            assert answer.status_code == status
    assert services.catalogue.read_products([ProductId("polo")]) == {}


def _open(address: str, headers: str) -> socket.socket:
    parts = urlsplit(address)
    connection = socket.create_connection((parts.hostname, parts.port), timeout=10)
    head = (
        f"PUT {PRODUCTS} HTTP/1.1\r\nhost: {parts.netloc}\r\n"
        f"authorization: Bearer {SERVER}\r\ncontent-type: application/x-ndjson\r\n{headers}\r\n\r\n"
    )
    connection.sendall(head.encode())
    return connection


def _read_until(connection: socket.socket, mark: bytes) -> bytes:
    received = b""
    while mark not in received:
        part = connection.recv(65_536)
        assert part, received
        received += part
    return received


def test_of_a_call_that_is_cut_exactly_the_answered_lines_are_stored(
    address: str, services: ApiServices
) -> None:
    body = lines(shirts(4 * LINES_PER_SLICE))
    sent = body.splitlines(keepends=True)
    with closing(_open(address, f"content-length: {len(body)}")) as connection:
        connection.sendall(b"".join(sent[: 2 * LINES_PER_SLICE + 50]))
        answered = _read_until(connection, f'"line":{2 * LINES_PER_SLICE},'.encode())
    assert answered.count(b'"verdict":"created"') == 2 * LINES_PER_SLICE
    book = services.auditor

    def is_recorded() -> bool:
        return any("1000 created" in entry.note for entry in newest())

    def newest() -> Any:
        return book._log.newest("shop", 5)  # type: ignore[arg-type]  # noqa: SLF001

    eventually(is_recorded)
    assert services.catalogue.product_count() == 2 * LINES_PER_SLICE + 2


def test_a_client_that_sends_all_before_it_reads_gets_every_verdict(address: str) -> None:
    count = 12 * LINES_PER_SLICE
    body = lines(shirts(count, name="not a field of ours"))
    with closing(_open(address, f"content-length: {len(body)}\r\nconnection: close")) as connection:
        connection.sendall(body)
        received = b""
        while part := connection.recv(65_536):
            received += part
    assert received.count(b'"verdict":"created"') == count


def test_a_body_that_stops_coming_ends(services: ApiServices) -> None:
    limits = HttpLimits(body_seconds=0.3)
    settings = services.settings.model_copy(update={"limits": limits})
    with (
        serve(replace(services, settings=settings)) as address,
        closing(_open(address, "content-length: 100000")) as connection,
    ):
        connection.sendall(lines(shirts(3)))
        answer = _read_until(connection, b"\r\n\r\n")
    assert b" 408 " in answer
    assert services.catalogue.product_count() == 2


def test_large_writes_have_a_number_of_places(services: ApiServices) -> None:
    limits = HttpLimits(large_bodies=1)
    settings = services.settings.model_copy(update={"limits": limits})
    with (
        serve(replace(services, settings=settings)) as address,
        shop_client(address) as shop,
        closing(_open(address, "expect: 100-continue\r\ncontent-length: 100000")) as connection,
    ):
        _read_until(connection, b"100 Continue")
        answer = shop.put(PRODUCTS, content=lines([SHIRT]), headers=NDJSON)
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
        connection.close()
        eventually(lambda: shop.put(PRODUCTS, content=lines([SHIRT]), headers=NDJSON).is_success)


def test_bodies_larger_than_others_may_be_are_taken(
    shop: httpx.Client, services: ApiServices
) -> None:
    products = shirts(300, description="x" * 15_000)
    assert len(lines(products)) > 2 * services.settings.maximum_body_bytes
    assert len(put_lines(shop, lines(products))) == 300


def test_stock_and_price_are_written_without_the_rest(shop: httpx.Client) -> None:
    put_lines(shop, lines(shirts(3, price=10, currency="EUR", tags=["summer"])))
    sent = [
        {"id": "polo-0", "stock": 0, "price": "9,50 €"},
        {"id": "polo-1", "availability": "preorder", "title": "Not here"},
        {"id": "no", "stock": 1},
        {"id": "polo-2"},
    ]
    answer = shop.post("/v1/catalogue/availability", json=sent).json()
    assert [verdict["verdict"] for verdict in answer["verdicts"]] == [
        "updated",
        "updated",
        "rejected",
        "rejected",
    ]
    assert answer["verdicts"][1]["warnings"][0]["field"] == "title"
    stored = shop.get(f"{PRODUCTS}/polo-0").json()
    assert (stored["stock"], stored["price"], stored["tags"]) == (0, 9.5, ["summer"])


def test_behind_a_proxy_the_answer_waits_for_the_end_of_the_body(services: ApiServices) -> None:
    settings = services.settings.model_copy(update={"trusted_proxies": ("127.0.0.1",)})
    body = lines(shirts(LINES_PER_SLICE + 2))
    first = b"".join(body.splitlines(keepends=True)[:-1])
    with (
        serve(replace(services, settings=settings)) as address,
        closing(_open(address, f"content-length: {len(body)}")) as connection,
    ):
        connection.sendall(first)
        eventually(lambda: services.catalogue.product_count() > LINES_PER_SLICE)
        connection.settimeout(0)
        with pytest.raises(BlockingIOError):
            connection.recv(1)
        connection.settimeout(10)
        connection.sendall(body[len(first) :])
        answered = _read_until(connection, b"\r\n0\r\n\r\n")
    assert answered.count(b'"verdict":"created"') == LINES_PER_SLICE + 2
