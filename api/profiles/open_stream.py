"""One open stream: what its client has been sent, what waits for it, and how it ends."""

import asyncio
from typing import Final, Protocol

from api.edge.long_answer import LongAnswer
from api.profiles.profile_cache import CachedProfile
from api.profiles.read_permit import ReadPermit
from api.profiles.stream_limits import StreamPlace
from personalization.domain.access.api_key import KeyId
from personalization.domain.identifiers import SessionId

BEFORE_ANY: Final = -1
"""Lower than every version."""
RETRY_MILLISECONDS: Final = 1_000
_HEARTBEAT: Final = b": still here\n\n"
_GOODBYE: Final = f"retry: {RETRY_MILLISECONDS}\n: the stream ends, connect again\n\n".encode()


class KnowsStreams(Protocol):
    def leave(self, stream: "OpenStream") -> None: ...


class OpenStream:
    """Writes the latest profile once its client can take it: a slow reader skips versions.

    It has no task, but for the moment in which its permit is looked at.
    """

    __slots__ = (
        "_answer",
        "_asking",
        "_began_at",
        "_hub",
        "_is_over",
        "_latest",
        "_place",
        "_sent_withheld",
        "_spoke_at",
        "key_id",
        "permit",
        "sent_version",
        "session_id",
    )

    def __init__(
        self, session_id: SessionId, sent_version: int, hub: KnowsStreams, place: StreamPlace
    ) -> None:
        self.session_id = session_id
        self.sent_version = sent_version
        self.permit: ReadPermit | None = None
        """Not needed by who holds the session."""
        self.key_id: KeyId | None = None
        """Of the key by which it was opened, if there was one."""
        self._sent_withheld = ""
        self._latest: CachedProfile | None = None
        self._answer: LongAnswer | None = None
        self._asking: asyncio.Task[None] | None = None
        self._is_over = False
        self._began_at = self._spoke_at = 0.0
        self._hub = hub
        self._place = place

    # What is there to send

    def offer(self, profile: CachedProfile) -> None:
        """Send a profile newer than what was sent, or of which rules hide other products."""
        newer = profile.version > self.sent_version
        same = profile.version == self.sent_version
        if newer or (same and profile.withheld != self._sent_withheld):
            self._latest = profile
            self._send()

    def restart_above(self, version: int) -> None:
        """Forget what the client has seen if no profile is so new: the store has started over."""
        if version < self.sent_version:
            self.sent_version = BEFORE_ANY

    def keep_time(self, now: float, heartbeat_seconds: float, stream_seconds: float) -> None:
        """End the stream if it is old enough, or let it breathe if it has long been silent."""
        answer = self._answer
        if answer is None:
            return
        if now - self._began_at >= stream_seconds:
            self.close()
        elif now - self._spoke_at >= heartbeat_seconds and answer.is_writable:
            self._spoke_at = now
            answer.write(_HEARTBEAT)

    def close(self) -> None:
        """Say goodbye, at the beginning if it has not begun, and leave."""
        self._is_over = True
        answer = self._answer
        if answer is not None:
            answer.end(_GOODBYE)
            self.on_lost()

    # What the connection tells

    def begin(self, answer: LongAnswer) -> None:
        self._answer = answer
        if self._is_over:
            self.close()
            return
        self._began_at = self._spoke_at = asyncio.get_running_loop().time()
        self._send()

    def on_writable(self) -> None:
        self._send()

    def on_lost(self) -> None:
        self._answer = None
        if self._asking is not None:
            self._asking.cancel()
        self._hub.leave(self)
        self._place.leave()

    def _send(self) -> None:
        answer, profile = self._answer, self._latest
        if answer is None or profile is None or self._asking is not None or not answer.is_writable:
            return
        self._latest = None
        # Counted as sent although the permit may be in its way: then the stream ends.
        self.sent_version = profile.version
        self._sent_withheld = profile.withheld
        if self.permit is None or self.permit.covers(profile):
            self._write(profile)
        else:
            renewal = self._renew_and_write(profile, self.permit)
            self._asking = asyncio.get_running_loop().create_task(renewal)

    async def _renew_and_write(self, profile: CachedProfile, permit: ReadPermit) -> None:
        is_renewed = False
        try:
            is_renewed = await permit.renew()
        finally:
            self._asking = None
            if not is_renewed:
                self.close()
        self._write(profile)
        self._send()

    def _write(self, profile: CachedProfile) -> None:
        if self._answer is not None:
            self._answer.write(profile.frame)
            self._spoke_at = asyncio.get_running_loop().time()
