import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import aiohttp

from personalization.domain.event import Event
from traffic.pace import Pace
from traffic.shopper import Shopper
from traffic.tally import Tally

TIMEOUT_SECONDS = 10.0
LONGEST_LINE_BYTES = 2**20
"""A profile is pushed as one line."""
STORIES = 3
STORY_EVENTS = 4


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    address: str
    sessions: Sequence[Sequence[Event]]
    events_per_second: float
    shoppers: int
    """Sessions under way at once."""


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    tally: Tally
    stories: Sequence[Shopper]
    seconds: float


async def replay(plan: ReplayPlan, on_progress: Callable[[Tally], None]) -> ReplayOutcome:
    """Send all sessions; `on_progress` is called after each session and each second."""
    tally, pace = Tally(), Pace(plan.events_per_second)
    waiting = iter(plan.sessions)
    stories: list[Shopper] = []
    timeout = aiohttp.ClientTimeout(total=None, connect=TIMEOUT_SECONDS)
    started = asyncio.get_running_loop().time()
    async with aiohttp.ClientSession(
        plan.address,
        connector=aiohttp.TCPConnector(limit=0),
        timeout=timeout,
        read_bufsize=LONGEST_LINE_BYTES,
    ) as client:

        async def shop_until_empty() -> None:
            for events in waiting:
                shopper = Shopper(client, tally, pace)
                await shopper.shop(events)
                tally.sessions += 1
                if len(stories) < STORIES and len(shopper.story) >= STORY_EVENTS:
                    stories.append(shopper)
                on_progress(tally)

        async with asyncio.TaskGroup() as group:
            for _ in range(plan.shoppers):
                group.create_task(shop_until_empty())
    return ReplayOutcome(tally, stories, asyncio.get_running_loop().time() - started)
