"""Profiles pushed: at once, newest only, resumed, ended, and without leaks."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import httpx
import msgspec
import pytest

from api.state import ApiServices
from personalization.codec.json_codec import PROFILE
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.ports.notifier import ProfileChanged
from personalization.ports.profile_store import StoredProfile
from tests.builders.profile import a_profile
from tests.builders.wire_event import SESSION, a_wire_event
from tests.integration.api.serving import serve
from tests.raw_http import raw_client
from tests.waiting import eventually

PATH = f"/v1/profiles/{SESSION}/stream"


LARGE = 2**18
LARGE_VERSIONS = 12
"""So many of that size are more than kernel and server hold for a client that does not read."""


def _store(services: ApiServices, version: int, *reasons: str) -> None:
    profile = a_profile(
        session_id=SessionId(SESSION),
        version=version,
        decision_id=DecisionId(f"decision-{version}"),
        reasons=reasons,
    )
    stored = StoredProfile(version, PROFILE.encode(profile))
    services.profiles.write_many({SessionId(SESSION): stored})


def _push(services: ApiServices, version: int, *reasons: str) -> None:
    _store(services, version, *reasons)
    services.notifier.publish([ProfileChanged(SessionId(SESSION), version)])


def _profiles(lines: Iterator[str]) -> Iterator[dict[str, object]]:
    for line in lines:
        if line.startswith("data: "):
            yield msgspec.json.decode(line.removeprefix("data: "))


def _open_streams(client: httpx.Client) -> float:
    lines = client.get("/metrics").text.splitlines()
    (value,) = (line.split()[1] for line in lines if line.startswith("fitting_room_streams_open "))
    return float(value)


def test_the_current_profile_comes_first_and_then_each_newer_one(
    client: httpx.Client, services: ApiServices
) -> None:
    with client.stream("GET", PATH) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["x-session-token"].split(".")[1] == SESSION
        profiles = _profiles(stream.iter_lines())
        assert next(profiles)["version"] == 0
        for version in (1, 2):
            _push(services, version)
            pushed = next(profiles)
            assert pushed["version"] == version
        assert pushed == client.get(PATH.removesuffix("/stream")).json()


def test_a_pushed_profile_carries_its_version_as_the_event_id(
    client: httpx.Client, services: ApiServices
) -> None:
    client.get(PATH.removesuffix("/stream"))
    _push(services, 4)
    eventually(lambda: client.get(PATH.removesuffix("/stream")).json()["version"] == 4)
    with client.stream("GET", PATH) as stream:
        lines = stream.iter_lines()
        assert [next(lines), next(lines)] == ["id: 4", "event: profile"]


def test_a_client_that_has_the_version_is_sent_only_newer_ones(
    client: httpx.Client, services: ApiServices
) -> None:
    client.get(PATH.removesuffix("/stream"))
    _push(services, 4)
    with client.stream("GET", PATH, headers={"last-event-id": "4"}) as stream:
        _push(services, 5)
        assert next(_profiles(stream.iter_lines()))["version"] == 5


def test_a_client_that_saw_a_version_elsewhere_is_not_sent_an_older_one(
    client: httpx.Client, services: ApiServices
) -> None:
    client.get(PATH.removesuffix("/stream"))
    _store(services, 4)  # and nobody told of it: the process still remembers version 0
    with client.stream("GET", PATH, headers={"last-event-id": "4"}) as stream:
        _push(services, 5)
        assert next(_profiles(stream.iter_lines()))["version"] == 5


def test_a_client_that_is_ahead_of_a_store_that_began_again_is_sent_the_truth(
    client: httpx.Client, services: ApiServices
) -> None:
    client.get(PATH.removesuffix("/stream"))
    _push(services, 4)
    eventually(lambda: client.get(PATH.removesuffix("/stream")).json()["version"] == 4)
    with client.stream("GET", PATH, headers={"last-event-id": "9"}) as stream:
        assert next(_profiles(stream.iter_lines()))["version"] == 4


def test_a_stranger_gets_no_stream(client: httpx.Client, stranger: httpx.Client) -> None:
    client.post("/v1/track", json=a_wire_event())
    assert stranger.get(PATH).status_code == 401


def test_streams_that_come_and_go_leave_nothing_behind(
    client: httpx.Client, services: ApiServices
) -> None:
    client.get(PATH.removesuffix("/stream"))
    for _ in range(100):
        with client.stream("GET", PATH) as stream:
            next(_profiles(stream.iter_lines()))
    eventually(lambda: _open_streams(client) == 0)
    with client.stream("GET", PATH) as stream:
        profiles = _profiles(stream.iter_lines())
        next(profiles)
        assert _open_streams(client) == 1
        _push(services, 1)
        assert next(profiles)["version"] == 1
    eventually(lambda: _open_streams(client) == 0)


def test_a_silent_stream_breathes_and_ends_by_asking_for_a_reconnect(services: ApiServices) -> None:
    hasty = {"stream_seconds": 0.2, "heartbeat_seconds": 0.05}
    short = replace(services, settings=services.settings.model_copy(update=hasty))
    with serve(short) as address, httpx.Client(base_url=address) as client:
        lines = client.get(PATH).text.splitlines()
    assert ": still here" in lines
    assert "retry: 1000" in lines[-3:]


def test_a_server_that_stops_ends_its_streams(services: ApiServices) -> None:
    with ExitStack() as open_things:
        with serve(services) as address:
            client = open_things.enter_context(httpx.Client(base_url=address))
            stream = open_things.enter_context(client.stream("GET", PATH))
            lines = stream.iter_lines()
            next(_profiles(lines))
        assert "retry: 1000" in list(lines)


@pytest.mark.parametrize("seen", ["9" * 5_000, "9" * 30, "-1", "1e9", "\u00b2", ""])
def test_a_last_event_id_that_is_no_version_gets_the_current_profile(
    client: httpx.Client, seen: str
) -> None:
    headers = {b"last-event-id": seen.encode("latin-1")}
    with client.stream("GET", PATH, headers=headers) as stream:
        assert stream.status_code == 200
        assert next(_profiles(stream.iter_lines()))["version"] == 0


def test_a_client_that_does_not_read_skips_versions_and_is_sent_the_newest(
    client: httpx.Client, services: ApiServices, address: str
) -> None:
    request = f"GET {PATH} HTTP/1.1\r\nhost: localhost\r\n"
    with client.stream("GET", PATH) as stream, raw_client(address) as idle:
        token = stream.headers["x-session-token"]
        idle.send(f"{request}authorization: Bearer {token}\r\n\r\n".encode())
        profiles = _profiles(stream.iter_lines())
        next(profiles)
        eventually(lambda: _open_streams(client) == 2)
        for version in range(1, LARGE_VERSIONS + 1):
            _push(services, version, "x" * LARGE)
            assert next(profiles)["version"] == version

        sent = b""
        while b"\nid: %d\n" % LARGE_VERSIONS not in sent:
            sent += idle.socket.recv(LARGE)

    assert sent.count(b"event: profile") < LARGE_VERSIONS


def test_the_connection_of_a_stream_that_has_ended_takes_another_request(
    services: ApiServices,
) -> None:
    short = replace(services, settings=services.settings.model_copy(update={"stream_seconds": 0.1}))
    with serve(short) as address, raw_client(address) as client:
        client.send(f"GET {PATH} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
        first = b""
        while not first.endswith(b"\r\n0\r\n\r\n"):
            first += client.socket.recv(65536)
        client.send(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")

        assert b"retry: 1000" in first
        assert client.answer().status == 200
