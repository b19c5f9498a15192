"""How many connections and streams a client may hold, and for how long without reading."""

from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.edge.descriptors import FEWEST, RESERVED, connections_within
from api.edge.gate import ConnectionGate
from api.state import ApiServices
from personalization.settings.http_limits import HttpLimits
from tests.builders.wire_event import a_wire_event
from tests.integration.api.edge.limited import BEHIND_PROXY, SHORT, refusals, serve_with_limits
from tests.raw_http import RawClient, parse_answer, raw_client
from tests.waiting import eventually

GET = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
LARGE = GET.replace(b"/health/live", b"/docs/swagger-ui-bundle.js")
"""Of 1.5 MB, more than what the kernel is left."""
MIB = 2**20
STREAM = GET.replace(b"/health/live", b"/v1/profiles/c0ffee00-0000-4000-8000-%012d/stream")


def _first_bytes(client: RawClient) -> bytes:
    return client.socket.recv(65536)


@pytest.mark.parametrize(
    ("limits", "status", "problem"),
    [
        ({"connections_per_address": 5}, 429, "too-many-connections"),
        ({"connections": 5}, 503, "busy"),
    ],
)
def test_a_connection_too_many_is_told_so_and_a_place_that_is_left_is_free_again(
    services: ApiServices, limits: dict[str, Any], status: int, problem: str
) -> None:
    with serve_with_limits(services, **limits) as address, ExitStack() as stack:
        clients = [stack.enter_context(raw_client(address)) for _ in range(5)]
        for number, client in enumerate(clients):
            client.send(STREAM % number)
        assert all(b" 200 OK" in _first_bytes(client) for client in clients)

        with raw_client(address) as extra:
            answer = extra.answer()
        assert (answer.status, answer.problem) == (status, problem)
        assert int(answer.headers["retry-after"]) > 0

        clients[0].socket.close()
        eventually(lambda: _is_answered(address))


@pytest.mark.parametrize(
    ("limits", "reason"),
    [({"connections_per_address": 5}, "too-many-connections"), ({"connections": 5}, "busy")],
)
def test_connections_that_ask_nothing_give_way_to_one_that_does(
    services: ApiServices, limits: dict[str, Any], reason: str
) -> None:
    with serve_with_limits(services, **limits) as address, ExitStack() as stack:
        before = refusals(address, reason)
        silent = [stack.enter_context(raw_client(address)) for _ in range(50)]
        for client in silent:
            client.flood(GET[:20], 20)

        assert _is_answered(address)
        assert refusals(address, reason) - before >= len(silent) - 5


def _is_answered(address: str) -> bool:
    with raw_client(address) as client:
        client.send(GET)
        return b" 200 OK" in client.socket.recv(65536)


def test_connections_of_a_trusted_proxy_are_not_those_of_one_client(services: ApiServices) -> None:
    with (
        serve_with_limits(services, ("127.0.0.0/8",), connections_per_address=2) as address,
        ExitStack() as stack,
    ):
        clients = [stack.enter_context(raw_client(address)) for _ in range(6)]
        for client in clients:
            client.send(GET)

        assert all(b" 200 OK" in _first_bytes(client) for client in clients)


def test_forwarded_headers_are_believed_from_listed_proxies_only(services: ApiServices) -> None:
    headers = {"x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.7"}
    statuses = []
    for proxies in ((), ("127.0.0.1",)):
        with serve_with_limits(services, proxies) as address:
            event = a_wire_event(session_id=str(uuid4()))
            # A page that came over http is not of an https site's origin.
            sent = {**headers, **BEHIND_PROXY, "origin": address}
            answer = httpx.post(f"{address}/v1/track", json=event, headers=sent)
            statuses.append(answer.status_code)

    assert statuses == [202, 403]


def _open(
    client: httpx.Client, address: str, session: object, host: str = "192.0.2.1"
) -> httpx.Response:
    """Open a stream as a client of that address; the answer is left unread."""
    path = f"{address}/v1/profiles/{session}/stream"
    request = client.build_request("GET", path, headers={"x-forwarded-for": host})
    answer = client.send(request, stream=True)
    if answer.status_code != 200:
        answer.read()
    return answer


def test_streams_are_limited_for_a_session_and_for_an_address_and_freed_when_they_end(
    services: ApiServices,
) -> None:
    limits = {"streams_per_session": 2, "streams_per_address": 3}
    mine = uuid4()
    with (
        serve_with_limits(services, ("127.0.0.1",), **limits) as address,
        httpx.Client(headers=BEHIND_PROXY) as client,
        httpx.Client(headers=BEHIND_PROXY) as stranger,
    ):
        # A session is somebody's from its first event on.
        client.post(f"{address}/v1/track", json=a_wire_event(session_id=str(mine)))
        first, second = (_open(client, address, mine) for _ in range(2))
        assert [first.status_code, second.status_code] == [200, 200]
        third = _open(client, address, mine, "192.0.2.2")
        foreign = _open(stranger, address, mine, "192.0.2.3")
        _open(stranger, address, uuid4())
        fourth = _open(stranger, address, uuid4())
        elsewhere = _open(stranger, address, uuid4(), "192.0.2.2")

        assert (third.status_code, third.json()["type"]) == (429, "/problems/too-many-streams")
        assert third.headers["retry-after"] == "2"
        assert foreign.status_code == 401
        assert (fourth.status_code, elsewhere.status_code) == (429, 200)

        first.close()
        eventually(lambda: _opens(client, address, mine))


def _opens(client: httpx.Client, address: str, session: object) -> bool:
    answer = _open(client, address, session)
    answer.close()
    return answer.status_code == 200


def test_streams_are_limited_in_all(services: ApiServices) -> None:
    with (
        serve_with_limits(services, streams=1) as address,
        httpx.Client(headers=BEHIND_PROXY) as client,
    ):
        _open(client, address, uuid4())

        answer = _open(client, address, uuid4())

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/busy-streams")


def test_who_leaves_answers_unread_is_cut_off(services: ApiServices) -> None:
    with serve_with_limits(services, stalled_seconds=SHORT) as address:
        before = refusals(address, "slow-reader")
        with raw_client(address) as client:
            client.send(LARGE)

            eventually(lambda: refusals(address, "slow-reader") > before)


def test_answers_that_nobody_reads_take_no_more_memory_than_there_is_for_them(
    services: ApiServices,
) -> None:
    with serve_with_limits(services, unread_mib=4) as address, ExitStack() as stack:
        before = refusals(address, "slow-reader")
        clients = [stack.enter_context(raw_client(address)) for _ in range(12)]
        for client in clients:
            client.send(LARGE)

        # At most three of them fit.
        eventually(lambda: refusals(address, "slow-reader") - before >= len(clients) - 3)
        assert len(httpx.get(f"{address}/docs/swagger-ui-bundle.js").content) > MIB
        assert refusals(address, "slow-reader") - before < len(clients)


def test_who_leaves_an_answer_unread_gives_way_to_who_asks(services: ApiServices) -> None:
    with (
        serve_with_limits(services, connections=3) as address,
        raw_client(address) as asking,
        ExitStack() as stack,
    ):
        asking.send(STREAM % 1)
        assert _first_bytes(asking)
        for _ in range(8):
            client = stack.enter_context(raw_client(address))
            client.send(LARGE)
            assert b" 200 OK" in client.socket.recv(100)

        eventually(lambda: _is_answered(address))
        page = httpx.get(f"{address}/metrics").text
        assert float(page.partition("\nfitting_room_connections_open ")[2].split()[0]) <= 3


def test_who_leaves_before_the_answers_of_requests_sent_at_once_leaves_no_error_in_the_log(
    services: ApiServices, caplog: pytest.LogCaptureFixture
) -> None:
    with serve_with_limits(services) as address:
        for _ in range(10):
            with raw_client(address) as client:
                client.send(LARGE * 12)
                client.socket.recv(1)

    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_refusal_is_not_written_into_the_answer_of_an_earlier_request(
    services: ApiServices,
) -> None:
    with serve_with_limits(services) as address, raw_client(address) as client:
        client.send(STREAM % 1)
        answers = _first_bytes(client)
        client.send(GET + b"nonsense\r\n\r\n")
        answers += client.rest()

    assert answers.count(b"HTTP/1.1 ") == 1


def test_an_idle_connection_is_closed(services: ApiServices) -> None:
    with serve_with_limits(services, idle_seconds=SHORT) as address, raw_client(address) as client:
        client.send(GET)

        assert parse_answer(client.rest()).status == 200


def test_there_are_never_more_connections_than_the_process_may_open_files() -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 400), hard))
        assert connections_within(100) == 100
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(soft, 400)
        assert connections_within(500) == 500
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= 500 + RESERVED
        assert connections_within(hard * 2) == max(FEWEST, hard - RESERVED)
        # Those that are refused and still read why are open files as well.
        gate = ConnectionGate(HttpLimits(connections=hard * 2), ())
        assert gate.most + gate.most_lingering == max(FEWEST, hard - RESERVED)
        assert 0 < gate.most_lingering < gate.most
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
