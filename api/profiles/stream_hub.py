"""Carries new profiles to open streams: read once, encoded once, the latest wins."""

import asyncio
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Final, Protocol

from api.profiles.open_stream import BEFORE_ANY, OpenStream
from api.profiles.profile_cache import CachedProfile, ProfileCache
from api.profiles.profile_reader import ProfileReader
from personalization.domain.access.api_key import KeyId
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import ProductId, SessionId
from personalization.ports.notifier import Notifier, ProfileChanged, Subscription
from personalization.settings.serving import ServingSettings
from personalization.telemetry.metrics import STORE_FAILURES

RETRY_SECONDS: Final = 1.0
"""Pause before a store that did not answer is asked again for the pending sessions."""
READ_AT_ONCE: Final = 200
"""Few enough that the first are on their way while the others are read."""
LOOKS_PER_HEARTBEAT: Final = 8
LONGEST_LOOK_SECONDS: Final = 1.0
"""Between two looks at all streams, of which none has a timer of its own."""
STREAMS_AT_ONCE: Final = 200
"""Looked at without a pause, in which others are answered."""


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
        settings: ServingSettings,
    ) -> None:
        self._reader = reader
        self._cache = cache
        self._notifier = notifier
        self._window = window
        self._settings = settings
        self._open: dict[SessionId, set[OpenStream]] = {}
        self._pending: set[SessionId] = set()
        self._awake = asyncio.Event()
        self._is_closed = False
        self._tasks: list[asyncio.Task[None]] = []
        self._subscription: Subscription | None = None
        self._subscribing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen for changes; to be called on the event loop."""
        loop = asyncio.get_running_loop()

        def tell(changes: Sequence[ProfileChanged]) -> None:
            loop.call_soon_threadsafe(self.on_changes, changes)

        def tell_gap() -> None:
            loop.call_soon_threadsafe(self.on_gap)

        self._tasks = [
            loop.create_task(self._feed(), name="stream hub"),
            loop.create_task(self._keep_time(), name="stream clock"),
        ]
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
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def close_streams(self) -> None:
        """Say goodbye to all, and at once to those that come after."""
        self._is_closed = True
        for stream in self._streams():
            stream.close()

    def is_running(self) -> bool:
        is_fed = bool(self._tasks) and not any(task.done() for task in self._tasks)
        return is_fed and self._subscription is not None

    def end_session(self, session_id: SessionId) -> None:
        """Say goodbye to the streams of a session that has ended."""
        for stream in tuple(self._open.get(session_id, ())):
            stream.close()

    def end_without(self, held: AbstractSet[KeyId]) -> None:
        """Say goodbye to the streams that were opened with a key which is not among these."""
        for stream in self._streams():
            if stream.key_id is not None and stream.key_id not in held:
                stream.close()

    def open(self, stream: OpenStream) -> None:
        self._open.setdefault(stream.session_id, set()).add(stream)
        if self._is_closed:
            stream.close()

    def leave(self, stream: OpenStream) -> None:
        streams = self._open.get(stream.session_id, set())
        streams.discard(stream)
        if not streams:
            self._open.pop(stream.session_id, None)

    def _streams(self) -> list[OpenStream]:
        return [stream for streams in self._open.values() for stream in streams]

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
        for stream in self._streams():
            stream.sent_version = BEFORE_ANY
        self._pending |= self._open.keys()
        self._awake.set()

    def on_rules(self) -> None:
        self._pending |= self._open.keys()
        self._awake.set()

    def on_products(self, changed: AbstractSet[ProductId]) -> None:
        """Read the profiles again that show what changed, or what time has hidden or shown."""
        outdated = self._cache.sessions_to_reload(self._open, frozenset(map(hash, changed)))
        if outdated:
            self._pending |= outdated
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
            # One that says goodbye leaves the set.
            for stream in tuple(self._open.get(session_id, ())):
                stream.offer(profile)

    async def _keep_time(self) -> None:
        heartbeat, whole = self._settings.heartbeat_seconds, self._settings.stream_seconds
        pause = min(LONGEST_LOOK_SECONDS, min(heartbeat, whole) / LOOKS_PER_HEARTBEAT)
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(pause)
            for number, stream in enumerate(self._streams()):
                stream.keep_time(loop.time(), heartbeat, whole)
                if number % STREAMS_AT_ONCE == 0:
                    await asyncio.sleep(0)
