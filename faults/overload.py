"""More events than the scorers can take, for a while: the log is the buffer."""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any
from uuid import UUID

import aiohttp
import msgspec

from faults.audit import wait_for_drain
from faults.ledger import Ledger
from faults.shopper import Site
from faults.wiring import ShopStores

BATCH = 5
"""Events of one request; they change one session."""
SESSIONS = 120
CALIBRATION_EVENTS = 1_500
FACTOR = 3.0
ENOUGH = 2.5
"""Times the capacity that must have been acknowledged to speak of a threefold overload."""
SECONDS = 20.0
AT_ONCE = 16
ANSWER_SECONDS = 30.0
ACCEPTED, OVERLOADED = 202, 503


@dataclass(frozen=True, slots=True)
class Overload:
    """What was offered and what came of it."""

    capacity: float
    """Events per second from the first one sent to the last one scored, as fast as they can."""
    offered: float
    """Events per second that were sent during the overload."""
    events: int
    """How many were acknowledged."""
    shed: int
    """How many were refused, each of them told."""
    drained_seconds: float
    """From the end of the overload to the last event scored."""
    started: float
    ended: float
    """Monotonic seconds."""

    @property
    def was_one(self) -> bool:
        """Whether more was offered than could be taken: else nothing was tried."""
        return self.offered >= ENOUGH * self.capacity


def overload(site: Site, ledger: Ledger, stores: ShopStores, seed: int) -> Overload:
    """Find out what the shop can take, then offer it three times as much."""
    flood = Flood(site, ledger, random.Random(f"{seed}-overload"))
    wait_for_drain(stores)
    began = time.monotonic()
    asyncio.run(flood.send(CALIBRATION_EVENTS, rate=None))
    wait_for_drain(stores)
    capacity = CALIBRATION_EVENTS / (time.monotonic() - began)
    flood.acknowledged = flood.shed = 0
    started = time.monotonic()
    asyncio.run(flood.send(int(FACTOR * capacity * SECONDS), rate=FACTOR * capacity))
    ended = time.monotonic()
    drained = wait_for_drain(stores)
    return Overload(
        capacity=capacity,
        offered=(flood.acknowledged + flood.shed) / (ended - started),
        events=flood.acknowledged,
        shed=flood.shed,
        drained_seconds=drained,
        started=started,
        ended=ended,
    )


class Flood:
    """Many sessions that send batches without waiting for their profiles."""

    def __init__(self, site: Site, ledger: Ledger, chance: random.Random) -> None:
        self._site = site
        self._ledger = ledger
        self._chance = chance
        self._tokens: dict[str, str] = {}
        self.acknowledged = 0
        self.shed = 0

    async def send(self, events: int, rate: float | None) -> None:
        """Send so many events, at a rate (events per second) or as fast as they are taken.

        At a rate, what the shop refuses for having too much is counted and not sent again.
        """
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        started = time.monotonic()
        requests = iter(enumerate(self._sessions(events // BATCH)))
        async with aiohttp.ClientSession(timeout=timeout) as client:

            async def work() -> None:
                for number, session_id in requests:
                    if rate is not None:
                        due = started + number * BATCH / rate
                        await asyncio.sleep(max(0.0, due - time.monotonic()))
                    await self._send_batch(client, session_id, insist=rate is None)

            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(work())

    def _sessions(self, requests: int) -> Iterator[str]:
        return islice(cycle([self._new_id() for _ in range(SESSIONS)]), requests)

    async def _send_batch(
        self, client: aiohttp.ClientSession, session_id: str, *, insist: bool
    ) -> None:
        events = [self._view(session_id) for _ in range(BATCH)]
        body, began = msgspec.json.encode({"events": events}), time.monotonic()
        while True:
            answer = await self._post(client, session_id, body)
            if answer == OVERLOADED and not insist:
                self.shed += BATCH
                return
            if answer == ACCEPTED:
                self.acknowledged += BATCH
                note = self._ledger.note_acceptance
                for event in events:
                    note(session_id, event["event_id"], event["type"], began)
                return
            self._ledger.retries += 1
            await asyncio.sleep(self._chance.uniform(0.1, 0.3))

    async def _post(
        self, client: aiohttp.ClientSession, session_id: str, body: bytes
    ) -> int | None:
        """Return the status, None where the shop did not answer."""
        token = self._tokens.get(session_id)
        headers = {"authorization": f"Bearer {token}"} if token else {}
        address = self._chance.choice(list(self._site.addresses))
        try:
            async with client.post(f"{address}/v1/track", data=body, headers=headers) as response:
                answer: dict[str, Any] = msgspec.json.decode(await response.read())
        except (aiohttp.ClientError, TimeoutError):
            return None
        if answer.get("session_token"):
            self._tokens[session_id] = answer["session_token"]
        is_overload = answer.get("type") == "/problems/overloaded"
        return OVERLOADED if is_overload else response.status

    def _view(self, session_id: str) -> dict[str, Any]:
        return {
            "event_id": self._new_id(),
            "session_id": session_id,
            "type": "product_view",
            "occurred_at": datetime.now(UTC).isoformat(),
            "product_id": self._chance.choice(self._site.products),
        }

    def _new_id(self) -> str:
        return str(UUID(int=self._chance.getrandbits(128), version=4))
