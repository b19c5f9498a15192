"""The balancer's own configuration, run by nginx in front of replicas that fail."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.deployment.balancer import balancing, configure
from tests.deployment.name_server import NameServer, answering
from tests.deployment.replicas import Replica, running
from tests.waiting import eventually

ONE, OTHER = "127.0.0.1", "127.0.0.2"
pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="Elsewhere than on Linux 127.0.0.2 is not this machine's own."
)


@pytest.fixture
def names() -> Iterator[NameServer]:
    """Return the name server of the network, which knows both replicas."""
    with answering(NameServer([ONE, OTHER])) as found:
        yield found


@pytest.fixture
def replicas() -> Iterator[tuple[Replica, Replica]]:
    """Return two replicas on the same port of two addresses."""
    with running(Replica(ONE, 0)) as replica, running(Replica(OTHER, replica.port)) as other:
        yield replica, other


@pytest.fixture
def client(
    tmp_path: Path, names: NameServer, replicas: tuple[Replica, Replica]
) -> Iterator[httpx.Client]:
    """Return a client of the balancer, once that knows its replicas."""
    with (
        balancing(tmp_path, names, replicas[0].port) as url,
        httpx.Client(base_url=url, timeout=10) as client,
    ):
        eventually(lambda: client.get("/").status_code == 200)
        for replica in replicas:
            replica.seen.clear()
        yield client


def test_nginx_finds_no_fault_with_the_configuration(tmp_path: Path, names: NameServer) -> None:
    command = [*configure(tmp_path, 8080, names, 8000), "-t"]

    judged = subprocess.run(command, capture_output=True, text=True, check=False)

    assert judged.returncode == 0, judged.stderr
    assert "[warn]" not in judged.stderr


def test_replicas_take_turns(client: httpx.Client) -> None:
    served = Counter(client.get("/v1/categories").text for _ in range(20))

    assert served == {ONE: 10, OTHER: 10}


def test_a_replica_that_is_gone_is_not_noticed(tmp_path: Path, names: NameServer) -> None:
    with (
        running(Replica(ONE, 0)) as replica,
        balancing(tmp_path, names, replica.port) as url,
        httpx.Client(base_url=url) as client,
    ):
        eventually(lambda: client.get("/").status_code == 200)
        # Nobody listens at the other address: nothing was sent, so that every method goes on.
        gets = {client.get("/v1/categories").status_code for _ in range(20)}
        posts = {client.post("/v1/anything", content=b"{}").status_code for _ in range(20)}

    assert gets == posts == {200}


def test_a_get_whose_connection_breaks_is_asked_of_the_next(
    client: httpx.Client, replicas: tuple[Replica, Replica]
) -> None:
    replicas[0].cuts = True

    assert {client.get("/v1/categories").text for _ in range(6)} == {OTHER}
    assert replicas[0].seen


def test_events_whose_connection_breaks_are_sent_again_since_they_carry_ids(
    client: httpx.Client, replicas: tuple[Replica, Replica]
) -> None:
    replicas[0].cuts = True

    statuses = {client.post("/v1/track", content=b"[]").status_code for _ in range(6)}

    assert statuses == {200}
    assert replicas[0].seen
    assert len(replicas[1].seen) == 6


def test_any_other_post_is_never_sent_twice(
    client: httpx.Client, replicas: tuple[Replica, Replica]
) -> None:
    replicas[0].cuts = replicas[1].cuts = True

    assert client.post("/v1/anything", content=b"{}").status_code == 502
    assert len(replicas[0].seen) + len(replicas[1].seen) == 1


def test_what_a_replica_says_of_the_stores_is_handed_on_and_takes_none_out_of_service(
    client: httpx.Client, replicas: tuple[Replica, Replica]
) -> None:
    replicas[0].status = replicas[1].status = 503
    refused = [client.post("/v1/track", content=b"[]") for _ in range(20)]
    assert {response.status_code for response in refused} == {503}
    assert {response.text for response in refused} == {ONE, OTHER}

    replicas[0].status = replicas[1].status = 200
    assert {client.get("/v1/categories").text for _ in range(4)} == {ONE, OTHER}


def test_a_file_of_another_release_is_asked_of_the_replicas_that_have_it(
    client: httpx.Client, replicas: tuple[Replica, Replica]
) -> None:
    replicas[0].status = 404

    found = [client.get("/_next/static/chunks/a.js") for _ in range(20)]

    assert {(answer.status_code, answer.text) for answer in found} == {(200, OTHER)}
    assert len(replicas[0].seen) >= 10, "a missing file takes no replica out of service"


def test_a_file_of_no_release_is_asked_of_each_replica_once(
    client: httpx.Client, replicas: tuple[Replica, Replica]
) -> None:
    replicas[0].status = replicas[1].status = 404

    assert client.get("/_next/static/gone.js").status_code == 404
    assert [len(replica.seen) for replica in replicas] == [1, 1]


def test_anything_else_that_is_missing_is_missing_at_once(
    client: httpx.Client, replicas: tuple[Replica, Replica]
) -> None:
    replicas[0].status = replicas[1].status = 404

    assert client.get("/product/gone").status_code == 404
    assert len(replicas[0].seen) + len(replicas[1].seen) == 1


def test_a_stream_comes_through_part_by_part(
    client: httpx.Client, replicas: tuple[Replica, Replica]
) -> None:
    with client.stream("GET", "/v1/profiles/some-session/stream") as answer:
        parts = answer.iter_bytes()
        # The replica holds the second part back until the first has arrived here.
        assert next(parts) == b"data: 1\n\n"
        for replica in replicas:
            replica.go_on.set()
        assert b"".join(parts) == b"data: 2\n\n"


def test_a_large_batch_of_events_comes_through(client: httpx.Client) -> None:
    # The API takes 2 MiB, and says itself what is too large.
    assert client.post("/v1/track", content=b" " * (3 * 1024 * 1024)).status_code == 200


def test_metrics_are_those_of_one_replica_and_not_handed_out(client: httpx.Client) -> None:
    assert client.get("/metrics").status_code == 404


def test_replicas_come_and_go_by_their_name(client: httpx.Client, names: NameServer) -> None:
    names.addresses = [OTHER]
    eventually(lambda: {client.get("/").text for _ in range(4)} == {OTHER})
    names.addresses = [ONE, OTHER]
    eventually(lambda: {client.get("/").text for _ in range(4)} == {ONE, OTHER})


def test_the_log_holds_neither_a_session_nor_what_was_asked(
    client: httpx.Client, replicas: tuple[Replica, Replica], tmp_path: Path
) -> None:
    session = "c0ffee00-0000-4000-8000-000000000001"
    replicas[0].cuts = True
    paths = (
        "profiles/{}",
        "profiles/{}/stream",
        "sessions/{}/decisions",
        "explanations/{}",
        "admin/sessions/{}/events",
        "admin/decisions/{}/why-not",
    )
    for path in paths:
        client.get(f"/v1/{path.format(session)}", params={"token": session})
    client.get("/v1/categories")

    def text() -> str:
        return (tmp_path / "log").read_text()

    eventually(lambda: "/v1/categories" in text())
    assert session not in text()
    for path in paths:
        assert f'"path":"/v1/{path.format("-")}"' in text()
