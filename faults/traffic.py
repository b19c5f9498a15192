"""Shoppers on an event loop of their own thread, coming and going until they are stopped."""

import asyncio
import random
import threading
from dataclasses import dataclass, field

import aiohttp

from faults.ledger import Ledger
from faults.shopper import FaultyShopper, Site

VISITS = (3, 12)
"""Fewest and most interactions of a visit."""
CONNECT_SECONDS = 1.0
"""A replica that does not answer at once is passed over, as a balancer would."""
ANSWER_SECONDS = 10.0
LEAVE_SECONDS = 180.0


@dataclass(slots=True)
class Traffic:
    """So many shoppers at once, each a seeded sequence of visits."""

    site: Site
    ledger: Ledger
    seed: int
    shoppers: int
    _thread: threading.Thread | None = field(init=False, default=None)
    _failure: BaseException | None = field(init=False, default=None)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let the shoppers finish what they hold, and wait until all have left."""
        self.site.closing = True
        if self._thread is not None:
            self._thread.join(LEAVE_SECONDS)
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            asyncio.run(self._all())
        except BaseException as error:  # noqa: BLE001 - handed to whoever stops the traffic
            self._failure = error

    async def _all(self) -> None:
        timeout = aiohttp.ClientTimeout(
            total=ANSWER_SECONDS, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS
        )
        connector = aiohttp.TCPConnector(limit=0)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as client,
            asyncio.TaskGroup() as group,
        ):
            for slot in range(self.shoppers):
                group.create_task(self._visits(client, slot))

    async def _visits(self, client: aiohttp.ClientSession, slot: int) -> None:
        chance = random.Random(f"{self.seed}-{slot}")
        while not self.site.closing:
            shopper = FaultyShopper(client, self.site, self.ledger, chance)
            await shopper.shop(chance.randint(*VISITS))
