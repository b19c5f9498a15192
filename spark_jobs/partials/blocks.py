"""Blocks: days that were counted together, and which of them a night can go on using.

Days of a small shop are counted in one block, since a file costs more than its rows. A block of
`CLOSED_EVENTS` and more is closed: it is left alone until one of its days has other events. The
newest one that is not takes in the next day, so that no shop gathers blocks of a few events.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from personalization.codec.json_codec import JsonCodec

CLOSED_EVENTS = 250_000
_ID_DIGITS = 20


@dataclass(frozen=True, slots=True)
class DayInput:
    """What a day's partials are made of."""

    fingerprint: str
    """Of everything that decides what they hold."""
    events: int


@dataclass(frozen=True, slots=True)
class DaySums:
    """What a night asks of a day before it reads any row."""

    interactions: int = 0
    """With products, before what is beyond one shopper's limits is left out."""
    counted: int = 0
    sessions: int = 0
    """With views that count."""


@dataclass(frozen=True, slots=True)
class Block:
    block_id: str
    """Of its days' inputs: one of other events is another block."""
    days: Mapping[date, DayInput]
    sums: Mapping[date, DaySums] = field(default_factory=dict[date, DaySums])

    @classmethod
    def of(cls, days: Mapping[date, DayInput]) -> "Block":
        text = "\n".join(f"{day} {given.fingerprint}" for day, given in sorted(days.items()))
        return cls(sha256(text.encode()).hexdigest()[:_ID_DIGITS], dict(sorted(days.items())))

    @property
    def events(self) -> int:
        return sum(given.events for given in self.days.values())


@dataclass(frozen=True, slots=True)
class BlockBook:
    """Every block that is kept."""

    blocks: tuple[Block, ...] = ()
    erased: tuple[str, ...] = ()
    """Digests of the sessions that were left out of them."""


@dataclass(frozen=True, slots=True)
class BlockPlan:
    kept: tuple[Block, ...]
    """Hold days of the period, and no day that has other events by now."""
    made: tuple[Block, ...]
    """To be counted."""
    stale: frozenset[date] = frozenset()
    """Days of which no block that is known may be used any more."""


BLOCK_BOOK: JsonCodec[BlockBook] = JsonCodec(BlockBook)


def plan_blocks(
    known: Sequence[Block], period: Mapping[date, DayInput], closed_events: int = CLOSED_EVENTS
) -> BlockPlan:
    """Return which blocks serve the period's days, and which have to be counted.

    A kept block may hold days outside of the period too; readers leave them out.
    """
    valid = _without_overlap([block for block in known if _still_holds(block, period)])
    newest_open = max(
        (block for block in valid if block.events < closed_events), key=_newest, default=None
    )
    closed = [block for block in valid if block is not newest_open]
    lacking = _without(period, closed)
    if newest_open is not None and lacking.keys() <= newest_open.days.keys():
        return BlockPlan(tuple(valid), ())
    return BlockPlan(tuple(closed), tuple(_group(lacking, closed_events)))


def _still_holds(block: Block, period: Mapping[date, DayInput]) -> bool:
    """Say whether it has days of the period and all of these as they are."""
    shared = [day for day in block.days if day in period]
    first, last = min(period, default=date.max), max(period, default=date.min)
    lost = any(first <= day <= last and day not in period for day in block.days)
    return bool(shared) and not lost and all(block.days[day] == period[day] for day in shared)


def _without_overlap(blocks: Sequence[Block]) -> list[Block]:
    """Return blocks that share no day, the largest first; backfills may count days again."""
    chosen: list[Block] = []
    held: set[date] = set()
    for block in sorted(blocks, key=lambda block: (-block.events, block.block_id)):
        if held.isdisjoint(block.days):
            chosen.append(block)
            held.update(block.days)
    return chosen


def _newest(block: Block) -> date:
    return max(block.days)


def _without(period: Mapping[date, DayInput], blocks: Sequence[Block]) -> dict[date, DayInput]:
    held = {day for block in blocks for day in block.days}
    return {day: given for day, given in period.items() if day not in held}


def _group(days: Mapping[date, DayInput], closed_events: int) -> list[Block]:
    """Return the days in their order, in as many blocks as are closed, and one that is not."""
    blocks: list[Block] = []
    gathered: dict[date, DayInput] = {}
    for day, given in sorted(days.items()):
        gathered[day] = given
        if sum(some.events for some in gathered.values()) >= closed_events:
            blocks.append(Block.of(gathered))
            gathered = {}
    if gathered:
        blocks.append(Block.of(gathered))
    return blocks
