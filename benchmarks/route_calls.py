"""How many Python calls the API's event loop makes for a request of each hot route.

    python -m benchmarks.route_calls --top 25

The whole of it, from the bytes that arrive to those that leave, without the threads of the stores.
Unlike times, calls are the same on a busy machine.
"""

import argparse
import asyncio
import cProfile
import logging
import pstats
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import msgspec
import uvloop

from api.app import create_app
from api.server import ApiServer
from api.state import ApiState
from benchmarks.api_hot_routes import filled_services, view_batch
from personalization.domain.identifiers import SessionId
from personalization.ports.profile_store import ProfileStore, StoredProfile
from personalization.settings.admission import AdmissionSettings
from personalization.settings.serving import ServingSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept, open_live

REQUESTS = 400
WARMING = 20
OK, ACCEPTED, UNCHANGED, OVERLOADED = 200, 202, 304, 503
ENDLESS = 10**7
BODY_BYTES = 8_000
"""About a profile."""
PLENTY = AdmissionSettings(fewest_waiting=ENDLESS, most_waiting=ENDLESS)


@dataclass(slots=True)
class CountedRequest:
    name: str
    method: str
    path: str
    status: int
    batch: int = 0
    """Events of its body."""
    headers: dict[str, str] = field(default_factory=dict)


class CountingClient:
    """Sends on a thread of its own, so that only the server's calls are counted."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port)
        self.session_id = str(uuid4())
        self.headers: dict[str, str] = {}

    def begin(self, profiles: ProfileStore) -> None:
        """Begin the session, and give it a profile."""
        answer = self.send("POST", "/v1/track", view_batch(self.session_id, 1))
        self.headers["authorization"] = f"Bearer {answer['x-session-token']}"
        stored = StoredProfile(1, _profile_body(self.session_id))
        profiles.write_many({SessionId(self.session_id): stored})
        self.etag = self.send("GET", f"/v1/profiles/{self.session_id}")["etag"]

    def send(
        self, method: str, path: str, body: bytes | None = None, **more: str
    ) -> Mapping[str, str]:
        self._connection.request(method, path, body, self.headers | more)
        answer = self._connection.getresponse()
        answer.read()
        return {"status": str(answer.status), **answer.headers}

    def repeat(self, request: CountedRequest, times: int) -> None:
        for _ in range(times):
            body = view_batch(self.session_id, request.batch) if request.batch else None
            answer = self.send(request.method, request.path, body, **request.headers)
            if answer["status"] != str(request.status):
                raise RuntimeError(f"{request.name}: answered {answer['status']}")


async def count_calls(server: ApiServer) -> dict[str, pstats.Stats]:
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server has no event for it
        await asyncio.sleep(0.01)
    client = CountingClient(server.port())
    await asyncio.to_thread(client.begin, _state(server).services.profiles)
    profile = f"/v1/profiles/{client.session_id}"
    unchanged = {"if-none-match": client.etag}
    counted = {}
    for request in (
        CountedRequest("GET profile", "GET", profile, OK),
        CountedRequest("GET profile, unchanged", "GET", profile, UNCHANGED, headers=unchanged),
        CountedRequest("POST track, 1 event", "POST", "/v1/track", ACCEPTED, 1),
        CountedRequest("POST track, 10 events", "POST", "/v1/track", ACCEPTED, 10),
        CountedRequest("POST track, 1 event, refused", "POST", "/v1/track", OVERLOADED, 1),
    ):
        if request.status == OVERLOADED:
            _close(server)
        counted[request.name] = await _count(client, request)
    server.should_exit = True
    await serving
    return counted


def _close(server: ApiServer) -> None:
    """Let no event in any more, as under overload."""
    _state(server).admission.writing = PLENTY.most_writing


def _state(server: ApiServer) -> ApiState:
    state: ApiState = server.config.app.state.api  # type: ignore[union-attr]
    return state


def _profile_body(session_id: str) -> bytes:
    now = datetime.now(UTC)
    return msgspec.json.encode(
        {
            "decision_id": str(uuid4()),
            "session_id": session_id,
            "expiry": now + timedelta(days=1),
            "slate": [{"product_id": f"shirt-{n}", "slot": n} for n in range(6)],
            "reasons": "x" * BODY_BYTES,
        }
    )


async def _count(client: CountingClient, request: CountedRequest) -> pstats.Stats:
    await asyncio.to_thread(client.repeat, request, WARMING)
    profile = cProfile.Profile()
    profile.enable()
    await asyncio.to_thread(client.repeat, request, REQUESTS)
    profile.disable()
    return pstats.Stats(profile)


@contextmanager
def _server() -> Iterator[ApiServer]:
    with tempfile.TemporaryDirectory() as home:
        settings = CoreSettings(storage=StorageSettings(home=Path(home)))
        with open_kept(settings) as kept, open_live(settings, kept) as live:
            serving = ServingSettings(port=0, admission=PLENTY)
            services = filled_services(settings, serving, kept, live)
            yield ApiServer(create_app(services), serving)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--top", type=int, default=0, help="Functions to list of each route.")
    asked = parser.parse_args()
    logging.disable()
    with _server() as server:
        counted = uvloop.run(count_calls(server))
    for name, stats in counted.items():
        calls = stats.total_calls / REQUESTS  # type: ignore[attr-defined]
        print(f"{name:30} {calls:8.1f} Python calls")
        if asked.top:
            stats.sort_stats("calls").print_stats(asked.top)


if __name__ == "__main__":
    main()
