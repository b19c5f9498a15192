"""`GET /v1/profiles/{session_id}/stream`: server-sent events from bare ASGI, few bytes each."""

import re
from typing import Final

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from api.edge.long_answer import HANDOVER
from api.keys.callers import caller_of
from api.profiles.open_stream import BEFORE_ANY, OpenStream
from api.profiles.profile_reader import ProfileSource
from api.profiles.read_permit import ReadPermit
from api.profiles.stream_limits import StreamPlace
from api.routes.profiles import admitted_profile
from api.sessions.session_auth import session_id_in
from api.state import ApiState, state_of
from api.tracking.request_events import hints_of

_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_VERSION: Final = re.compile(r"[0-9]{1,18}")
_PERHAPS_BEHIND: Final = frozenset({ProfileSource.CACHE, ProfileSource.HISTORY})
"""A client that has seen a newer profile than these keeps it."""


class ProfileStream:
    """The endpoint: answers with the current profile, and leaves the rest to the hub."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = state_of(scope)
        request = Request(scope, receive)
        session_id = session_id_in(scope["path_params"]["session_id"])
        client = request.client.host if request.client is not None else ""
        place = state.stream_limits.take_place(client)
        stream = OpenStream(session_id, _last_event_id(request), state.hub, place)
        key = caller_of(scope).key
        stream.key_id = key.key_id if key is not None else None
        # In the hub before the first read: a profile made in between is not missed.
        state.hub.open(stream)
        try:
            await _begin(state, request, stream, place)
            await _hand_over(request, stream, send)
        except BaseException:
            stream.on_lost()
            raise


async def _begin(state: ApiState, request: Request, stream: OpenStream, place: StreamPlace) -> None:
    query = request.query_params
    hints = hints_of(request.headers, query.get("region"), query.get("device"))
    seen = stream.sent_version
    found, speaker = await admitted_profile(state, request, stream.session_id, hints, seen)
    place.admit(stream.session_id)
    if speaker.is_provisional:
        stream.permit = ReadPermit(state.auth, speaker, found.profile)
    if found.source not in _PERHAPS_BEHIND:
        stream.restart_above(found.profile.version)
    stream.offer(found.profile)


async def _hand_over(request: Request, stream: OpenStream, send: Send) -> None:
    extra = request.state.token_headers.items()
    headers = [*_HEADERS, *((name.encode(), value.encode()) for name, value in extra)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": HANDOVER, "writer": stream})


def _last_event_id(request: Request) -> int:
    sent = request.headers.get("last-event-id", "")
    # Any longer number is not a version of ours, and `int` refuses very long ones.
    return int(sent) if _VERSION.fullmatch(sent) else BEFORE_ANY
