import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import aiohttp
import msgspec

from personalization.domain.draw import HOME
from personalization.domain.event import Event, EventType
from personalization.domain.region import parse_region
from traffic.pace import Pace
from traffic.tally import Tally

PROFILE_SECONDS = 10.0
"""How long to wait for the profile of an event before it counts as missing."""
SHOWN = 6
FIRST_VERSION = 0
"""Of a profile that was made from priors before any event was counted."""
RETRY_SECONDS = 0.5
RETRIES = 20

Profile = dict[str, Any]


@dataclass(slots=True)
class _Screen:
    profile: Profile | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self, profile: Profile) -> None:
        if self.profile is None or profile["version"] > self.profile["version"]:
            self.profile = profile
            self.changed.set()


class Shopper:
    """Replays one session against the API: track, stream, impressions, clicks on the slate."""

    def __init__(self, client: aiohttp.ClientSession, tally: Tally, pace: Pace) -> None:
        self._client = client
        self._tally = tally
        self._pace = pace
        self._session_id, self._secret = str(uuid4()), str(uuid4())
        self._headers: dict[str, str] = {}
        self._screen = _Screen()
        self.story: list[tuple[Event, Profile]] = []
        """Each event that changed the profile, with the profile it led to."""

    async def shop(self, events: Sequence[Event]) -> None:
        """Send the session's events one by one, each after the profile of the one before."""
        due = await self._pace.due()
        await self._send([self._wire(events[0])], events[0], due)
        async with self._stream():
            await self._wait_for_profile(events[0], due, FIRST_VERSION)
            for event in events[1:]:
                await self._click(event)

    async def _click(self, event: Event) -> None:
        screen = self._screen.profile
        if screen is not None and event.type is EventType.PRODUCT_VIEW:
            await self._send([self._impression(screen)], None, await self._pace.due())
            self._tally.count_slate(screen, str(event.product_id))
        version = screen["version"] if screen else FIRST_VERSION
        self._screen.changed.clear()
        due = await self._pace.due()
        await self._send([self._wire(event, screen)], event, due)
        await self._wait_for_profile(event, due, version)

    async def _wait_for_profile(self, event: Event, due: float, version: int) -> None:
        """Wait for the profile that counts the event: the first one above the version before it."""
        screen = self._screen
        try:
            async with asyncio.timeout(PROFILE_SECONDS):
                while screen.profile is None or screen.profile["version"] <= version:
                    await screen.changed.wait()
                    screen.changed.clear()
        except TimeoutError:
            self._tally.missing += 1
            return
        self._tally.profile_seconds.append(time.perf_counter() - due)
        self.story.append((event, screen.profile))

    async def _send(self, wire: list[dict[str, Any]], event: Event | None, due: float) -> None:
        answer = await self._post({"session_secret": self._secret, "events": wire})
        took = time.perf_counter() - due
        self._tally.count_events(len(wire), took, interaction=event is not None)
        if answer is None:
            self._tally.failed += len(wire)
            return
        self._tally.count_verdicts(answer)
        token = answer.get("session_token")
        if token:
            self._headers["authorization"] = f"Bearer {token}"

    async def _post(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """Send until the API answers: event ids make repetition harmless.

        A shop that has too much to do says when to come again.
        """
        encoded = msgspec.json.encode(body)
        for _ in range(RETRIES):
            pause = RETRY_SECONDS
            with suppress(aiohttp.ClientError):
                async with self._client.post(
                    "/v1/track", data=encoded, headers=self._headers
                ) as response:
                    if response.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                        decoded: dict[str, Any] = msgspec.json.decode(await response.read())
                        return decoded
                    pause = float(response.headers.get("retry-after", pause))
            self._tally.retried += 1
            # Not all at the same moment.
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
        return None

    def _wire(self, event: Event, screen: Profile | None = None) -> dict[str, Any]:
        wire: dict[str, Any] = {
            "event_id": str(uuid4()),
            "session_id": self._session_id,
            "type": event.type.value,
            "occurred_at": datetime.now(UTC).isoformat(),
            "product_ids": list(event.product_ids) or None,
            "category_id": event.category_id,
            # Data sets have regions of their own, which the API would refuse.
            "region": parse_region(event.region) if event.region else None,
            "device": event.device.value,
        }
        slots = _slots(screen)
        if event.product_id in slots and screen is not None:
            wire |= {"decision_id": screen["decision_id"], "slot": slots[event.product_id]}
        return {name: value for name, value in wire.items() if value is not None}

    def _impression(self, screen: Profile) -> dict[str, Any]:
        slots = _slots(screen)
        return {
            "event_id": str(uuid4()),
            "session_id": self._session_id,
            "type": EventType.IMPRESSION.value,
            "occurred_at": datetime.now(UTC).isoformat(),
            "product_ids": list(slots),
            "slots": list(slots.values()),
            "decision_id": screen["decision_id"],
        }

    @asynccontextmanager
    async def _stream(self) -> AsyncIterator[None]:
        reader = asyncio.create_task(self._read_stream())
        try:
            yield
        finally:
            reader.cancel()
            with suppress(asyncio.CancelledError):
                await reader

    async def _read_stream(self) -> None:
        """Read profiles as they are pushed; connect again whenever the stream ends."""
        path = f"/v1/profiles/{self._session_id}/stream"
        while True:
            with suppress(aiohttp.ClientError):
                async with self._client.get(path, headers=self._headers) as response:
                    async for line in response.content:
                        if line.startswith(b"data:"):
                            self._screen.show(msgspec.json.decode(line[5:]))
            self._tally.reconnected += 1
            await asyncio.sleep(RETRY_SECONDS)


def _slots(screen: Profile | None) -> dict[str, int]:
    slate = screen["slate"] if screen else []
    home = [slot for slot in slate if slot["placement"] == HOME]
    return {slot["product_id"]: slot["slot"] for slot in home[:SHOWN]}
