"""`GET /v1/profiles/{session_id}/stream`: server-sent events from bare ASGI, few bytes each."""

import asyncio
import re
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from api.profiles.profile_cache import CachedProfile
from api.profiles.profile_reader import ProfileSource
from api.profiles.stream_hub import BEFORE_ANY, Mailbox
from api.routes.profiles import admitted_profile
from api.sessions.session_auth import SessionAuth, Speaker, session_id_in
from api.state import ApiState, state_of
from api.tracking.request_events import hints_of
from personalization.domain.errors import SessionTokenError, StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.settings.serving import ServingSettings
from personalization.telemetry.metrics import STREAMS_OPEN

RETRY_MILLISECONDS: Final = 1_000
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_VERSION: Final = re.compile(r"[0-9]{1,18}")
_HEARTBEAT: Final = b": still here\n\n"
_GOODBYE: Final = f"retry: {RETRY_MILLISECONDS}\n: the stream ends, connect again\n\n".encode()

_PERHAPS_BEHIND: Final = frozenset({ProfileSource.CACHE, ProfileSource.HISTORY})
"""A client that has seen a newer profile than these keeps it."""


class ProfileStream:
    """The endpoint: the current profile first, then each newer one, until it is time to go."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = state_of(scope)
        request = Request(scope, receive)
        session_id = session_id_in(scope["path_params"]["session_id"])
        mailbox = Mailbox(_last_event_id(request))
        client = request.client.host if request.client is not None else ""
        with state.stream_limits.of_address(client):
            # In the hub before the first read: a profile made in between is not missed.
            state.hub.open(session_id, mailbox)
            try:
                await _serve(state, request, session_id, mailbox, send)
            finally:
                state.hub.leave(session_id, mailbox)


async def _serve(
    state: ApiState, request: Request, session_id: SessionId, mailbox: Mailbox, send: Send
) -> None:
    query = request.query_params
    hints = hints_of(request.headers, query.get("region"), query.get("device"))
    seen = mailbox.sent_version
    found, speaker = await admitted_profile(state, request, session_id, hints, seen)
    with state.stream_limits.of_session(session_id), STREAMS_OPEN.track_inprogress():
        if found.source not in _PERHAPS_BEHIND:
            mailbox.restart_above(found.profile.version)
        mailbox.offer(found.profile)
        extra = request.state.token_headers.items()
        headers = [*_HEADERS, *((name.encode(), value.encode()) for name, value in extra)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        permit = ReadPermit(state.auth, speaker, found.profile)
        await _flow(mailbox, permit, state.services.settings, request.receive, send)


@dataclass(slots=True)
class ReadPermit:
    """What a stream may send: to a speaker without a claim, only what was made for the request.

    Whoever sends the session's first event holds it. A stream that was opened before goes on if
    that was its own speaker, and ends before it shows anybody else's profile.
    """

    auth: SessionAuth
    speaker: Speaker
    first: CachedProfile

    async def covers(self, profile: CachedProfile) -> bool:
        if not self.speaker.is_provisional or profile is self.first:
            return True
        try:
            self.speaker = await self.auth.look_again(self.speaker)
        except (SessionTokenError, StoreUnavailableError):
            return False
        return True


def _last_event_id(request: Request) -> int:
    sent = request.headers.get("last-event-id", "")
    # Any longer number is not a version of ours, and `int` refuses very long ones.
    return int(sent) if _VERSION.fullmatch(sent) else BEFORE_ANY


async def _flow(
    mailbox: Mailbox, permit: ReadPermit, settings: ServingSettings, receive: Receive, send: Send
) -> None:
    listener = asyncio.create_task(_close_on_disconnect(mailbox, receive))
    try:
        await _send_profiles(mailbox, permit, settings, send)
    finally:
        listener.cancel()


async def _close_on_disconnect(mailbox: Mailbox, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        """The request's own body, empty for a GET, comes first."""
    mailbox.close()


async def _send_profiles(
    mailbox: Mailbox, permit: ReadPermit, settings: ServingSettings, send: Send
) -> None:
    ends_at = asyncio.get_running_loop().time() + settings.stream_seconds
    while not mailbox.closed:
        profile = mailbox.take()
        if profile is not None:
            if not await permit.covers(profile):
                break
            await _send_part(send, profile.frame)
        left = ends_at - asyncio.get_running_loop().time()
        if left <= 0:
            break
        try:
            async with asyncio.timeout(min(left, settings.heartbeat_seconds)):
                await mailbox.wake.wait()
        except TimeoutError:
            await _send_part(send, _HEARTBEAT)
    await send({"type": "http.response.body", "body": _GOODBYE, "more_body": False})


async def _send_part(send: Send, part: bytes) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": True})
