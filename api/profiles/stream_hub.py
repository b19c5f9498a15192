"""Carries new profiles to open streams: read once, encoded once, the latest wins."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

from api.profiles.profile_cache import CachedProfile, ProfileCache
from api.profiles.profile_reader import ProfileReader
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.ports.notifier import Notifier, ProfileChanged, Subscription
from personalization.telemetry.metrics import STORE_FAILURES

RETRY_SECONDS: Final = 1.0
"""Pause before a store that did not answer is asked again for the pending sessions."""
READ_AT_ONCE: Final = 500
BEFORE_ANY: Final = -1
"""Lower than every version."""


class Mailbox:
    """One stream's place for the latest profile; a slow reader skips versions, never queues."""

    __slots__ = ("_latest", "_sent_withheld", "closed", "sent_version", "wake")

    def __init__(self, sent_version: int) -> None:
        self._latest: CachedProfile | None = None
        self.sent_version = sent_version
        self._sent_withheld = ""
        self.closed = False
        self.wake = asyncio.Event()

    def offer(self, profile: CachedProfile) -> None:
        """Keep a profile newer than what was sent, or of which rules hide other products."""
        newer = profile.version > self.sent_version
        same = profile.version == self.sent_version
        if newer or (same and profile.withheld != self._sent_withheld):
            self._latest = profile
            self.wake.set()

    def restart_above(self, version: int) -> None:
        """Forget what the client has seen if no profile is so new: the store has started over."""
        if version < self.sent_version:
            self.sent_version = BEFORE_ANY

    def take(self) -> CachedProfile | None:
        """Return what waits, if anything, and count it as sent."""
        profile, self._latest = self._latest, None
        self.wake.clear()
        if profile is not None:
            self.sent_version = profile.version
            self._sent_withheld = profile.withheld
        return profile

    def close(self) -> None:
        self.closed = True
        self.wake.set()


class HearsChanges(Protocol):
    """Wants to know which profiles have changed, and when some of it may have been missed."""

    def on_changes(self, changes: Sequence[ProfileChanged]) -> None: ...

    def on_gap(self) -> None: ...


class StreamHub:
    """Knows the open streams and feeds them; lives on one event loop."""

    def __init__(
        self,
        reader: ProfileReader,
        cache: ProfileCache,
        notifier: Notifier,
        window: HearsChanges,
    ) -> None:
        self._reader = reader
        self._cache = cache
        self._notifier = notifier
        self._window = window
        self._open: dict[SessionId, set[Mailbox]] = {}
        self._pending: set[SessionId] = set()
        self._awake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._subscription: Subscription | None = None
        self._subscribing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen for changes; to be called on the event loop."""
        loop = asyncio.get_running_loop()

        def tell(changes: Sequence[ProfileChanged]) -> None:
            loop.call_soon_threadsafe(self.on_changes, changes)

        def tell_gap() -> None:
            loop.call_soon_threadsafe(self.on_gap)

        self._task = loop.create_task(self._feed(), name="stream hub")
        try:
            self._subscription = self._notifier.subscribe(tell, tell_gap)
        except StoreUnavailableError:
            # Pages are answered meanwhile; streams are fed once the store is there.
            self._subscribing = loop.create_task(self._subscribe_later(tell, tell_gap))

    async def stop(self) -> None:
        self.close_streams()
        if self._subscribing is not None:
            self._subscribing.cancel()
            await asyncio.wait([self._subscribing])
        if self._subscription is not None:
            await asyncio.to_thread(self._subscription.close)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def close_streams(self) -> None:
        for mailboxes in self._open.values():
            for mailbox in mailboxes:
                mailbox.close()

    def is_running(self) -> bool:
        return self._task is not None and not self._task.done() and self._subscription is not None

    def open(self, session_id: SessionId, mailbox: Mailbox) -> None:
        self._open.setdefault(session_id, set()).add(mailbox)

    def leave(self, session_id: SessionId, mailbox: Mailbox) -> None:
        mailboxes = self._open.get(session_id, set())
        mailboxes.discard(mailbox)
        if not mailboxes:
            self._open.pop(session_id, None)

    def on_changes(self, changes: Sequence[ProfileChanged]) -> None:
        self._cache.on_changes(changes)
        self._window.on_changes(changes)
        changed = {change.session_id for change in changes if change.session_id in self._open}
        if changed:
            self._pending |= changed
            self._awake.set()

    def on_gap(self) -> None:
        """Read every streaming session's profile again, whatever its version."""
        self._cache.on_gap()
        self._window.on_gap()
        for mailboxes in self._open.values():
            for mailbox in mailboxes:
                mailbox.sent_version = BEFORE_ANY
        self._pending |= self._open.keys()
        self._awake.set()

    def on_rules(self) -> None:
        self._pending |= self._open.keys()
        self._awake.set()

    async def _subscribe_later(
        self, tell: Callable[[Sequence[ProfileChanged]], None], tell_gap: Callable[[], None]
    ) -> None:
        while self._subscription is None:
            await asyncio.sleep(RETRY_SECONDS)
            try:
                subscribe = partial(self._notifier.subscribe, tell, tell_gap)
                self._subscription = await asyncio.to_thread(subscribe)
            except StoreUnavailableError:
                STORE_FAILURES.labels("notifier").inc()
        self.on_gap()

    async def _feed(self) -> None:
        while True:
            await self._awake.wait()
            # Taken off before the read: a change that arrives during it is pending once more.
            batch = [self._pending.pop() for _ in range(min(READ_AT_ONCE, len(self._pending)))]
            if not batch:
                self._awake.clear()
                continue
            try:
                self._deliver(await self._reader.reload(batch))
            except StoreUnavailableError:
                self._pending.update(batch)
                await asyncio.sleep(RETRY_SECONDS)

    def _deliver(self, profiles: dict[SessionId, CachedProfile]) -> None:
        for session_id, profile in profiles.items():
            for mailbox in self._open.get(session_id, ()):
                mailbox.offer(profile)
