"""The health server, asked over HTTP as a supervisor and a collector of metrics ask it."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing

import httpx
import pytest

from personalization.settings.http_limits import HttpLimits
from personalization.telemetry.metrics import CONSUMER_LAG
from realtime.health import MOST_CONNECTIONS, HealthServer, RoleHealth, RoleReport
from tests.raw_http import raw_answer, raw_client

STUCK_SECONDS = 30.0


@pytest.fixture
def roles() -> dict[str, RoleHealth]:
    return {"scorer": RoleHealth(lag=3), "history": RoleHealth()}


@pytest.fixture
def client(roles: Mapping[str, RoleHealth]) -> Iterator[httpx.Client]:
    """Return a client of a server that reports on the roles."""

    def reports() -> Mapping[str, RoleReport]:
        return {name: role_health.report(STUCK_SECONDS) for name, role_health in roles.items()}

    with (
        closing(HealthServer("127.0.0.1", 0, reports)) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client,
    ):
        yield client


def test_health_tells_the_lag_of_every_role(client: httpx.Client) -> None:
    answer = client.get("/health")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert told["healthy"] is True
    assert {name: role["lag"] for name, role in told["roles"].items()} == {
        "scorer": 3,
        "history": None,
    }
    assert all(role["healthy"] for role in told["roles"].values())
    assert all(0 <= role["turned_seconds_ago"] < STUCK_SECONDS for role in told["roles"].values())


def test_one_role_that_failed_makes_the_process_unhealthy_and_is_named(
    client: httpx.Client, roles: Mapping[str, RoleHealth]
) -> None:
    roles["history"].failed = True

    answer = client.get("/health")

    assert answer.status_code == 503
    told = answer.json()
    assert told["healthy"] is False
    assert {name: role["healthy"] for name, role in told["roles"].items()} == {
        "scorer": True,
        "history": False,
    }


def test_a_role_that_waits_for_a_store_is_healthy_and_says_what_the_store_said(
    client: httpx.Client, roles: Mapping[str, RoleHealth]
) -> None:
    roles["scorer"].turned_at -= 2 * STUCK_SECONDS
    assert client.get("/health").status_code == 503

    roles["scorer"].waiting_for = "kafka: no answer in time"

    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["roles"]["scorer"]["waiting_for"] == "kafka: no answer in time"


@pytest.mark.parametrize("path", ["/", "/healthy", "/health/", "/metrics/more"])
def test_elsewhere_there_is_nothing_but_a_word_on_where_to_look(
    client: httpx.Client, path: str
) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert "/health" in answer.json()["detail"]


def test_metrics_are_those_of_the_process(client: httpx.Client) -> None:
    CONSUMER_LAG.labels("group of a test").set(12)

    answer = client.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'fitting_room_consumer_lag{group="group of a test"} 12.0' in answer.text


def test_who_says_too_much_too_slowly_or_nothing_is_cut_off_and_costs_no_thread() -> None:
    threads = threading.active_count()
    limits = HttpLimits(header_seconds=0.3)
    with closing(HealthServer("127.0.0.1", 0, dict, limits)) as server, ExitStack() as stack:
        address = f"http://127.0.0.1:{server.port}"
        large = raw_answer(address, b"GET /health HTTP/1.1\r\nX-A: " + b"a" * 30_000)
        refused = raw_answer(address, b"POST /health HTTP/1.1\r\n\r\n")
        half = [stack.enter_context(raw_client(address)) for _ in range(2 * MOST_CONNECTIONS)]
        for client in half:
            client.flood(b"GET /hea", 8)

        assert threading.active_count() == threads + 1
        assert (large.status, refused.status) == (431, 405)
        assert {client.rest() for client in half} == {b""}
        assert raw_answer(address, b"GET /health HTTP/1.1\r\n\r\n").status == 200


def test_sixty_four_megabytes_of_header_are_not_read_by_the_health_server() -> None:
    with (
        closing(HealthServer("127.0.0.1", 0, dict)) as server,
        raw_client(f"http://127.0.0.1:{server.port}") as client,
    ):
        client.send(b"GET /health HTTP/1.1\r\nX-A: ")

        assert client.flood(b"a" * 65_536, 64 * 2**20) < 16 * 2**20


def test_a_closed_server_listens_no_more_and_its_port_is_free() -> None:
    server = HealthServer("127.0.0.1", 0, dict)
    port = server.port
    server.close()

    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False)
    HealthServer("127.0.0.1", port, dict).close()
