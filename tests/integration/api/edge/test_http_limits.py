"""What the server takes of a request, byte for byte, and how long it waits for the rest."""

import json
from contextlib import ExitStack
from itertools import pairwise
from random import Random
from socket import SHUT_WR
from uuid import UUID

import httpx
import pytest

from api.keys.shown_key import KEY_HEADER
from api.state import ApiServices
from tests.builders.wire_event import a_wire_event
from tests.integration.api.edge.limited import BEHIND_PROXY, SHORT, refusals, serve_with_limits
from tests.raw_http import RawClient, raw_answer, raw_client
from tests.waiting import eventually

GET = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /v1/track HTTP/1.1\r\nHost: localhost\r\n"
MIB = 2**20


_HEADS = {
    GET + b"X-A: " + b"a" * 20_000 + b"\r\n\r\n": (431, "headers-too-large"),
    GET + b"Cookie: " + b"a=b; " * 4_000 + b"\r\n\r\n": (431, "headers-too-large"),
    GET + b"a" * 20_000 + b": 1\r\n\r\n": (431, "headers-too-large"),
    GET + b"".join(b"X-%d: 1\r\n" % n for n in range(100)) + b"\r\n": (431, "headers-too-large"),
    GET + b"X-A:" + b" " * 40_000 + b"\r\n\r\n": (431, "headers-too-large"),
    b"\r\n" * 20_000: (431, "headers-too-large"),
    b"GET /" + b"a" * 8_192 + b" HTTP/1.1\r\n\r\n": (414, "request-line-too-long"),
    b"GET /?q=" + b"a" * 100_000: (414, "request-line-too-long"),
    b"NONSENSE\r\n\r\n": (400, "malformed-request"),
    b"GET / HTTP/9.9\r\n\r\n": (400, "malformed-request"),
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n": (400, "malformed-request"),
    GET + b"X A: b\r\n\r\n": (400, "malformed-request"),
    GET + b"X-A: b\n\r\n\r\n": (400, "malformed-request"),
    GET + b"Host: elsewhere\r\n\r\n": (400, "malformed-request"),
    b"GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n": (400, "malformed-request"),
    b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n": (400, "malformed-request"),
    GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n": (400, "no-websockets"),
    GET * 2 + b"\r\n": (400, "malformed-request"),
    (GET + b"\r\n") * 200: (400, "too-many-pipelined"),
}
_FRAMINGS = (
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    b"Content-Length: 5\r\nContent-Length: 6\r\n",
    b"Content-Length: 5, 5\r\n",
    b"Content-Length: -5\r\n",
    b"Content-Length: +5\r\n",
    b"Content-Length: 0x5\r\n",
    b"Content-Length: " + b"9" * 30 + b"\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding: chunked, identity\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
)
_WRAPPINGS = (
    b"1;" + b"a" * 60_000,
    b"1" + b";a=b" * 20_000,
    b"0\r\n" + b"X-A: " + b"a" * 60_000,
    b"0\r\n" + b"X-A: b\r\n" * 20_000,
    b"0" * 60_000,
)


def test_a_head_that_is_too_large_or_malformed_gets_its_verdict(address: str) -> None:
    answers = {head: raw_answer(address, head) for head in _HEADS}

    assert {head: (answer.status, answer.problem) for head, answer in answers.items()} == _HEADS
    assert {answer.headers["connection"] for answer in answers.values()} == {"close"}
    assert {answer.headers["x-content-type-options"] for answer in answers.values()} == {"nosniff"}


def test_a_body_whose_length_is_said_twice_or_strangely_isrefused(address: str) -> None:
    answers = [raw_answer(address, POST + framing + b"\r\n0\r\n\r\n") for framing in _FRAMINGS]

    assert {(answer.status, answer.problem) for answer in answers} == {(400, "malformed-request")}


def test_chunks_that_are_all_wrapping_arerefused(address: str) -> None:
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"

    answers = [raw_answer(address, head + wrapping) for wrapping in _WRAPPINGS]

    assert {answer.status for answer in answers} == {400}
    assert {answer.problem for answer in answers} <= {"body-framing", "malformed-request"}


def test_a_head_just_within_the_limits_is_answered(address: str) -> None:
    last = b"Connection: close\r\n\r\n"
    filled = GET + b"X-A: " + b"a" * (16 * 1024 - 50 - len(last)) + b"\r\n" + last
    many = GET + b"".join(b"X-%d: 1\r\n" % n for n in range(98)) + last
    long = b"GET /health/live?" + b"a" * 8_160 + b" HTTP/1.1\r\nHost: localhost\r\n" + last

    assert [raw_answer(address, head).status for head in (filled, many, long)] == [200, 200, 200]


def test_sixty_four_megabytes_of_header_are_never_read(services: ApiServices) -> None:
    with serve_with_limits(services) as address, raw_client(address) as client:
        client.send(GET + b"X-A: ")
        sent = client.flood(b"a" * 65_536, 64 * MIB)

        # What was taken off our hands lies in the buffers of the two sockets.
        assert sent < 16 * MIB
        assert client.answer().status == 431


def test_a_body_is_the_same_however_it_is_cut_into_pieces(address: str) -> None:
    cut = Random(7)
    for number, size in enumerate((10, 4_000, 9_000, 9_001, 40_000, 300_000)):
        body = json.dumps(a_wire_event(session_id=str(UUID(int=number)))).encode() + b" " * size
        text = POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        ends = sorted(cut.sample(range(1, len(text)), number))
        with raw_client(address) as client:
            for begin, end in pairwise([0, *ends, len(text)]):
                client.send(text[begin:end])

            assert client.answer().status == 202


def test_small_chunks_and_trailers_are_taken_and_never_reach_the_next_request(
    address: str,
) -> None:
    body = b"".join(b"1\r\n%c\r\n" % letter for letter in b"[" + b" " * 3_000 + b"]")
    first = POST + b"Transfer-Encoding: chunked\r\n\r\n" + body + b"0\r\nOrigin: http://a\r\n\r\n"
    second = POST + b"Content-Length: 2\r\nConnection: close\r\n\r\n[]"

    with raw_client(address) as client:
        client.send(first + second)
        answers = client.rest()

    assert answers.count(b"HTTP/1.1 422 ") == 2


def test_half_heads_go_away_by_themselves(services: ApiServices) -> None:
    with serve_with_limits(services, header_seconds=SHORT) as address, ExitStack() as stack:
        clients = [stack.enter_context(raw_client(address)) for _ in range(60)]
        for number, client in enumerate(clients):
            client.send(GET[: number % 3 * 20])

        answers = [client.rest() for client in clients]

        assert [b"408 Request Timeout" in answer for answer in answers] == [
            number % 3 > 0 for number in range(60)
        ]
        assert refusals(address, "headers-too-slow") >= 40


def test_a_head_that_comes_drop_by_drop_has_no_more_time_than_another(
    services: ApiServices,
) -> None:
    with (
        serve_with_limits(services, header_seconds=SHORT) as address,
        raw_client(address) as client,
    ):
        client.send(GET + b"X-A: ")

        def is_refused() -> bool:
            client.flood(b"a", 1)
            return client.is_closed() or b"408" in _peek(client)

        eventually(is_refused)


def _peek(client: RawClient) -> bytes:
    client.socket.settimeout(0)
    try:
        return client.socket.recv(65536)
    except BlockingIOError:
        return b""
    finally:
        client.socket.settimeout(20)


def test_half_bodies_go_away_and_give_their_memory_back(services: ApiServices) -> None:
    half = POST + b"Content-Length: 2000\r\n\r\n" + b"[" * 1_000
    with serve_with_limits(services, body_seconds=SHORT) as address, ExitStack() as stack:
        clients = [stack.enter_context(raw_client(address)) for _ in range(20)]
        for client in clients:
            client.send(half)

        answers = [client.answer() for client in clients]

        assert {(answer.status, answer.problem) for answer in answers} == {(408, "body-too-slow")}


@pytest.mark.parametrize(
    ("mib", "proxies", "reason"),
    [(4, (), "too-many-bodies"), (2, ("127.0.0.1",), "busy-bodies")],
    ids=["of one address", "of many addresses"],
)
def test_bodies_under_way_hold_no_more_than_their_budget(
    services: ApiServices, mib: float, proxies: tuple[str, ...], reason: str
) -> None:
    key = f"{KEY_HEADER}: {BEHIND_PROXY[KEY_HEADER]}\r\n".encode()
    half = key + b"Content-Length: 900000\r\n\r\n" + b"[" * 800_000
    with (
        serve_with_limits(services, proxies, body_mib=mib, body_share=0.5) as address,
        ExitStack() as stack,
    ):
        before = refusals(address, reason)
        clients = [stack.enter_context(raw_client(address)) for _ in range(12)]
        for number, client in enumerate(clients):
            client.flood(POST + b"X-Forwarded-For: 192.0.2.%d\r\n" % number + half, 1)

        # Two of them fit into two MiB.
        eventually(lambda: refusals(address, reason) - before >= 10)
        assert sum(_status_if_any(client) is None for client in clients) <= 2
        assert httpx.get(f"{address}/health/live").status_code == 200
        # Those that were waited for longest gave way: one that comes whole is taken.
        whole = httpx.post(
            f"{address}/v1/track",
            content=json.dumps(a_wire_event()) + " " * 600_000,
            headers=BEHIND_PROXY,
        )
        assert whole.status_code == 202


def _status_if_any(client: RawClient) -> int | None:
    text = _peek(client)
    return int(text.split()[1]) if text else None


def test_a_client_that_closes_its_own_half_has_its_answer(services: ApiServices) -> None:
    with serve_with_limits(services) as address:
        answers = []
        for request in (GET + b"\r\n", (GET + b"\r\n") * 3):
            with raw_client(address) as client:
                client.send(request)
                client.socket.shutdown(SHUT_WR)
                answers.append(client.rest().count(b"HTTP/1.1 200 OK"))
        with raw_client(address) as client:
            client.send(POST + b"Content-Length: 9\r\n\r\n{")
            client.socket.shutdown(SHUT_WR)
            client.rest()

        assert answers == [1, 3]
        eventually(
            lambda: "\nfitting_room_connections_open 1.0" in httpx.get(f"{address}/metrics").text
        )


def test_an_answer_before_the_whole_body_says_that_the_connection_ends(address: str) -> None:
    early = raw_answer(address, POST + b"Content-Length: 100000000\r\n\r\n{")
    ending = b"Content-Length: 2\r\nConnection: close\r\n\r\n{}"
    whole = raw_answer(address, POST + ending)
    page = httpx.get(f"{address}/health/live")

    assert (early.status, early.problem) == (413, "body-too-large")
    assert early.headers["connection"] == "close"
    assert whole.headers["connection"] == "close"
    assert "connection" not in page.headers
