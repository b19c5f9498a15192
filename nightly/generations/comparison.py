"""Compares what is kept of two generations."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest, nsmallest
from pathlib import Path
from statistics import fmean

from nightly.generations.sketch import (
    EVERY_HASH,
    MEMBERS_KEPT,
    GenerationSketch,
    Members,
    ShareSketch,
    TableSketch,
    hashes_of,
)
from nightly.generations.sketch_file import sketch_of
from personalization.domain.errors import UnknownNameError
from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import PriorTable
from personalization.priors import warehouse as names
from personalization.priors.drift.generation_drift import (
    GenerationDrift,
    Mover,
    PopularityDrift,
    TableDrift,
)

MOVERS = 10
BINS = 10
"""Tenths of all popularity: what the index is usually taken over."""
EDGE = 2
"""Times the smallest share that is kept."""
LEAST_MASS = 0.001
"""Of a bin: an empty one would be infinitely far from any other."""


def compare_folders(warehouse: Path, before: GenerationId, now: GenerationId) -> GenerationDrift:
    """Return what changed between two complete generations.

    Raises `UnknownNameError` where the folder of one of them is gone.
    """
    sketches = [sketch_of(folder_of(warehouse, name)) for name in (before, now)]
    return compare_sketches((before, sketches[0]), (now, sketches[1]))


def folder_of(warehouse: Path, generation_id: GenerationId) -> Path:
    """Raise `UnknownNameError` where there are no files of it."""
    generations = warehouse / names.GENERATIONS_FOLDER
    folder = generations / generation_id
    if generation_id not in {kept.name for kept in generations.glob("*")}:
        kept = ", ".join(sorted(made.name for made in generations.glob("*"))) or "none"
        raise UnknownNameError(
            f"There are no files of generation {generation_id!r} in {generations}: it was "
            f"discarded, made on another machine, or never made. There are: {kept}."
        )
    return folder


def compare_sketches(
    before: tuple[GenerationId, GenerationSketch], now: tuple[GenerationId, GenerationSketch]
) -> GenerationDrift:
    (old_id, old), (new_id, new) = before, now
    tables = [table for table in PriorTable if table in old.tables or table in new.tables]
    return GenerationDrift(
        before=old_id,
        now=new_id,
        popularity=_popularity_drift(old.shares, new.shares),
        tables=tuple(
            _table_drift(old.tables.get(table), new.tables.get(table), table) for table in tables
        ),
    )


@dataclass(frozen=True, slots=True)
class _Pair:
    """The first members of a list in both generations."""

    key: str
    before: Members
    now: Members

    @property
    def overlap(self) -> float:
        either = self.before.keys() | self.now.keys()
        return len(self.before.keys() & self.now.keys()) / len(either) if either else 1.0

    def movers(self) -> Iterator[Mover]:
        before, now = _last_of(self.before), _last_of(self.now)
        return _movers(self.key, (self.before, before), (self.now, now))


def _last_of(first: Members) -> float:
    """Return what the members that are not kept have at most."""
    return 0.0 if len(first) < MEMBERS_KEPT else next(reversed(first.values()))


def _movers(key: str, before: tuple[Members, float], now: tuple[Members, float]) -> Iterator[Mover]:
    """Yield all members of both, and of one that is not kept what is nearest to no change."""
    (old, old_rest), (new, new_rest) = before, now
    for member, strength in old.items():
        still = new.get(member, min(new_rest, strength))
        yield Mover(key=key, member=member, before=strength, now=still)
    for member in new.keys() - old.keys():
        former = min(old_rest, new[member])
        yield Mover(key=key, member=member, before=former, now=new[member])


def _table_drift(old: TableSketch | None, new: TableSketch | None, table: PriorTable) -> TableDrift:
    old, new = old or _nothing(table), new or _nothing(table)
    bound = min(old.bound, new.bound)
    before, now = _within(old, bound), _within(new, bound)
    shared = sorted(before.keys() & now.keys())
    pairs = [_Pair(key, before[key], now[key]) for key in shared]
    changes = [
        abs(pair.now[member] - pair.before[member])
        for pair in pairs
        for member in pair.before.keys() & pair.now.keys()
    ]
    movers = [mover for pair in pairs for mover in pair.movers()]
    return TableDrift(
        table=table,
        lists_before=old.lists,
        lists_now=new.lists,
        drawn=len(before),
        compared=len(pairs),
        gone=_share(len(before) - len(pairs), len(before)),
        came=_share(len(now) - len(pairs), len(now)),
        unchanged=_share(sum(pair.before.keys() == pair.now.keys() for pair in pairs), len(pairs)),
        overlap=fmean(pair.overlap for pair in pairs) if pairs else 0.0,
        strength_change=fmean(changes) if changes else 0.0,
        rose=_rising(movers),
        fell=_falling(movers),
    )


def _nothing(table: PriorTable) -> TableSketch:
    return TableSketch(table, 0, EVERY_HASH, {})


def _within(sketch: TableSketch, bound: int) -> dict[str, Members]:
    """Return the lists that both generations would have kept."""
    if bound == sketch.bound:
        return sketch.first
    hashes = hashes_of(sketch.first, len(sketch.first)).tolist()
    return {
        key: members
        for (key, members), number in zip(sketch.first.items(), hashes, strict=True)
        if number <= bound
    }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _rising(movers: Iterable[Mover]) -> tuple[Mover, ...]:
    risen = (mover for mover in movers if mover.change > 0)
    return tuple(nlargest(MOVERS, risen, key=lambda mover: (mover.change, mover.member)))


def _falling(movers: Iterable[Mover]) -> tuple[Mover, ...]:
    fallen = (mover for mover in movers if mover.change < 0)
    return tuple(nsmallest(MOVERS, fallen, key=lambda mover: (mover.change, mover.member)))


def _popularity_drift(old: ShareSketch, new: ShareSketch) -> PopularityDrift:
    movers = list(_movers("", (old.largest, old.floor), (new.largest, new.floor)))
    return PopularityDrift(
        products_before=old.products,
        products_now=new.products,
        index=stability_index(old, new),
        compared=old.products,
        rose=_rising(movers),
        fell=_falling(movers),
        appeared=_rising(
            mover
            for mover in movers
            if mover.member not in old.largest and _is_sure(mover.now, old)
        ),
        vanished=_falling(
            mover
            for mover in movers
            if mover.member not in new.largest and _is_sure(mover.before, new)
        ),
    )


def _is_sure(share: float, other: ShareSketch) -> bool:
    """Say whether a product of that share would be kept of the other generation, if it had it.

    At the edge of what is kept products come and go by chance.
    """
    return share > EDGE * other.floor


def stability_index(before: ShareSketch, now: ShareSketch) -> float:
    """Return the population stability index: sum of (q - p) ln(q / p) over bins p, q of mass.

    The bins are tenths of the former mass, from the most popular product down, one of products
    that were not there, and one of all that is too small to be kept. 0 where nothing moved.
    """
    if not before.total or not now.total:
        return 0.0
    old, new = [0.0] * (BINS + 2), [0.0] * (BINS + 2)
    seen = 0.0
    for product, share in before.largest.items():
        if not _is_sure(share, before):
            break
        place = min(int(BINS * seen / before.total), BINS - 1)
        seen += share
        old[place] += share / before.total
        new[place] += now.largest.get(product, 0.0) / now.total
    came = (share for product, share in now.largest.items() if product not in before.largest)
    new[BINS] = sum(share for share in came if _is_sure(share, before)) / now.total
    old[-1], new[-1] = 1 - sum(old), 1 - sum(new)
    return _distance(old, new)


def _distance(old: Sequence[float], new: Sequence[float]) -> float:
    pairs = [
        (max(before, LEAST_MASS), max(now, LEAST_MASS))
        for before, now in zip(old, new, strict=True)
        if before > 0 or now > 0
    ]
    return sum((now - before) * math.log(now / before) for before, now in pairs)
