"""Events that the shop's server sends with a secret key: of any session, and without a token."""

import asyncio
from typing import Final
from uuid import UUID

from api.schemas.track import Verdict
from api.tracking.admission import BatchRoom
from api.tracking.request_events import Envelope
from api.tracking.track_service import SentBatch, TrackService
from personalization.domain.event import Device
from personalization.domain.identifiers import SessionId, parse_session_id
from personalization.tracking.client_hints import ClientHints
from personalization.tracking.sent_event import SentEvent

NO_HINTS: Final = ClientHints(region=None, device=Device.UNKNOWN)
"""The request's headers are those of a server."""
_NO_SESSION: Final = SessionId(str(UUID(int=0)))
"""Of events that name none, all of which are rejected."""


async def take_from_server(
    service: TrackService,
    envelope: Envelope,
    tokens: list[str],
    events: list[SentEvent],
    room: BatchRoom,
    *,
    names_users: bool,
) -> list[Verdict]:
    """Take events of any sessions and return a verdict for each, in their order.

    Each session's events are judged as a batch of their own. If the log fails, those of some may
    be in it: all may be sent again by their ids.
    """
    places: dict[SessionId, list[int]] = {}
    for place, event in enumerate(events):
        places.setdefault(_session_of(event), []).append(place)
    judged = [
        await service.judge(
            SentBatch(
                [events[place] for place in of_session],
                session_id,
                NO_HINTS,
                envelope.sent_at,
                envelope.consent,
                is_attested=True,
                vouched_for=names_users,
                user_fault="" if names_users else "The key has no scope `identity`.",
                decision_tokens=tokens,
            )
        )
        for session_id, of_session in places.items()
    ]
    for session_id, batch in zip(places, judged, strict=True):
        room.wait(session_id, batch.evidence)
    await asyncio.gather(*map(service.publish, judged))
    verdicts = {
        place: verdict
        for of_session, batch in zip(places.values(), judged, strict=True)
        for place, verdict in zip(of_session, batch.verdicts, strict=True)
    }
    return [verdicts[place] for place in range(len(events))]


def _session_of(event: SentEvent) -> SessionId:
    sent = event.fields.session_id if event.fields is not None else None
    return (parse_session_id(sent) if sent else None) or _NO_SESSION
