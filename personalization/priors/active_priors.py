"""The active generation as the ranking reads it: cached lists, refreshed when it changes."""

import logging
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from sys import intern
from typing import Any, TypeVar

from personalization.domain.action_table import Floats
from personalization.domain.clock import Throttle
from personalization.domain.errors import NoActiveGenerationError, StoreUnavailableError
from personalization.domain.identifiers import UserId
from personalization.domain.prior import (
    OF_USERS,
    SESSION_INDEX,
    Generation,
    PriorKey,
    PriorTable,
    RankedList,
)
from personalization.neighbours.erasures import Erasures, without_erased
from personalization.neighbours.index_bytes import DamagedIndexError, decode_index, join_chunks
from personalization.neighbours.session_index import SessionIndex
from personalization.plans.current_plan import NO_VERSION, CurrentPlan
from personalization.ports.prior_store import PriorStore
from personalization.priors.kept_table import KeptTable, ReadsRows
from personalization.priors.loading import Loading, take_apart, take_apart_beside
from personalization.priors.warehouse import SHOPPERS
from personalization.telemetry.metrics import STORE_FAILURES

logger = logging.getLogger(__name__)

_Value = TypeVar("_Value")

Strengths = dict[str, float]
"""Member id of a list -> strength."""
REFRESH_SECONDS = 1.0
"""How soon a promotion is noticed; one pointer read per this long. A large generation takes half a
second more until it is loaded."""
CACHED_LISTS = 200_000
CACHED_MEMBERS = 1_000_000
"""Of lists, 200 MB, and as many of those kept by their strengths, 70 MB; above it they are dropped
and read as they are wanted. What is read ahead has room."""

READ_AHEAD_LISTS = 20_000
"""A generation of at most so many lists is read whole before it is asked; about 20 MB."""
READ_AT_ONCE = 500
STRENGTHS_ONLY = frozenset({PriorTable.LAG_AFFINITY})
"""Tables of which the ranking asks nothing else: their lists are not kept. They are three quarters
of a generation, and take 6 MB in place of 18 for eshop2008."""
KEPT_VALUES = 4_000
"""What the ranking read of lists for a region, season and two categories; about 20 MB."""
KEPT_TASTES = 2_000
"""Of people who are there; about 12 MB."""
KEPT_TABLES = 16
"""Of so many regions and seasons."""
KEPT_ROWS = 20_000
"""Numbers of so many products in each table; about 3 MB."""


@dataclass(frozen=True, slots=True)
class _AskedIndex:
    """Replaced together, so that no thread takes one list's index for that of another."""

    index: SessionIndex | None = None
    """None where the generation has none; it asks no session that is erased."""
    erasures_version: int = NO_VERSION
    """Of the plan of which it knows these."""


@dataclass(slots=True)
class _Loaded:
    """One generation with what was read of it; replaced whole, so that threads never mix two."""

    generation: Generation
    asked: _AskedIndex
    lists: dict[PriorKey, RankedList] = field(default_factory=dict)
    strengths: dict[PriorKey, Strengths] = field(default_factory=dict)
    ids: dict[PriorKey, tuple[str, ...]] = field(default_factory=dict)
    list_members: int = 0
    """In lists, about."""
    strength_members: int = 0
    values: dict[Hashable, Any] = field(default_factory=dict)
    """What the ranking made of lists, by name."""
    tastes: dict[UserId, RankedList] = field(default_factory=dict)
    tables: dict[Hashable, KeptTable] = field(default_factory=dict)
    """What it reads of products' priors, in numbers."""
    complete: frozenset[PriorTable] = frozenset()
    """All of these tables is here: a list, or its strengths, that is not does not exist."""

    def forget(self) -> None:
        """Free what is kept, by pieces; who is pinned to it reads it again from the store."""
        # In this order: nobody may take a list that is forgotten for one that does not exist.
        self.complete = frozenset()
        for name in ("lists", "strengths", "ids", "values"):
            take_apart(self._take_out(name))

    def drop_lists(self, some: dict[PriorKey, RankedList]) -> dict[PriorKey, RankedList]:
        """Keep these lists only, and return them."""
        self.complete &= STRENGTHS_ONLY
        take_apart_beside([self._take_out("lists")])
        self.list_members, self.lists = sum(map(len, some.values())), some
        return some

    def drop_strengths(self) -> dict[PriorKey, Strengths]:
        """Return what takes the place of all: nothing."""
        # In this order: another thread must not take a dropped list for one that is not there.
        self.complete -= STRENGTHS_ONLY
        take_apart_beside([self._take_out("strengths")])
        self.strength_members = 0
        return self.strengths

    def _take_out(self, name: str) -> dict[Any, Any]:
        kept: dict[Any, Any] = getattr(self, name)
        setattr(self, name, {})
        return kept


class ActivePriors:
    """Reads lists of the active generation and goes on from its cache when the store is away."""

    def __init__(self, store: PriorStore, erasures: CurrentPlan[Erasures] | None = None) -> None:
        """With `erasures=None` the session index is asked whole."""
        self._store = store
        self._erasures = erasures
        self._loaded: _Loaded | None = None
        self._look: Throttle | None = Throttle(REFRESH_SECONDS)
        """None where the generation is pinned: a decision asks some forty times."""
        self._loading: Loading | None = None
        self._pinned: _Loaded | None = None
        self._pinned_index: SessionIndex | None = None
        """With what was erased when it was pinned."""

    @classmethod
    def of(cls, store: PriorStore, generation: Generation) -> "ActivePriors":
        """Read the generation's index; may raise `StoreUnavailableError`."""
        loaded = _load(store, generation)
        return cls._freeze(store, loaded, loaded.asked.index)

    def pin(self) -> "ActivePriors":
        """Return the lists of now, sharing the cache; may raise `NoActiveGenerationError`."""
        if self._pinned is not None:
            return self
        loaded = self._current()
        return self._freeze(self._store, loaded, self._index_of_now(loaded))

    def _index_of_now(self, loaded: _Loaded) -> SessionIndex | None:
        """Look at the index once for each version of the list."""
        index, version = loaded.asked.index, loaded.asked.erasures_version
        if self._erasures is None or index is None:
            return index
        newest = self._erasures.read()
        if newest.version != version:
            index = without_erased(index, newest.document)
            loaded.asked = _AskedIndex(index, newest.version)
        return index

    def pin_by_list(self, erasures: Erasures) -> "ActivePriors":
        """Return a pinned generation by another list of erased sessions, sharing the cache."""
        loaded = self._current()
        index = loaded.asked.index and without_erased(loaded.asked.index, erasures)
        return self._freeze(self._store, loaded, index)

    @classmethod
    def _freeze(
        cls, store: PriorStore, loaded: _Loaded, index: SessionIndex | None
    ) -> "ActivePriors":
        priors = cls(store)
        priors._loaded = priors._pinned = loaded
        priors._pinned_index = index
        priors._look = None
        return priors

    def generation(self) -> Generation:
        """Return the active one; `NoActiveGenerationError` before the first promotion."""
        return self._current().generation

    def counts_shoppers(self) -> bool:
        """Say whether supports are numbers of shoppers; those of earlier releases are of events."""
        return SHOPPERS in self.generation().parameters

    def session_index(self) -> SessionIndex | None:
        return self._current().asked.index if self._pinned is None else self._pinned_index

    def read_many(self, keys: Sequence[PriorKey]) -> Mapping[PriorKey, RankedList]:
        return self._read_many(self._current(), keys)

    def read(self, key: PriorKey) -> RankedList:
        loaded = self._pinned or self._current()
        members = loaded.lists.get(key)
        return self._read_many(loaded, (key,))[key] if members is None else members

    def member_ids(self, key: PriorKey) -> tuple[str, ...]:
        """Return the ids of a list, in its order."""
        loaded = self._pinned or self._current()
        ids = loaded.ids.get(key)
        if ids is None:
            if len(loaded.ids) >= CACHED_LISTS:
                loaded.ids = {}
            ids = tuple([member.member_id for member in self.read(key)])
            loaded.ids[key] = ids
        return ids

    def strengths(self, keys: Sequence[PriorKey]) -> Mapping[PriorKey, Strengths]:
        """Return member id -> strength for at least these keys, a missing list being empty."""
        loaded = self._pinned or self._current()
        known = loaded.strengths
        for key in keys:
            if key not in known:
                return self._read_strengths(loaded, keys)
        return known

    def tastes(self, user_id: UserId) -> RankedList:
        """Return what the night knows of a person; nothing of most, and of generations without."""
        loaded = self._pinned or self._current()
        if PriorTable.USER_TASTES not in loaded.generation.rows_by_table:
            return ()
        # Another thread may replace it meanwhile.
        known = loaded.tastes
        if user_id not in known:
            known = self._read_tastes(loaded, [user_id])
        return known[user_id]

    def read_tastes(self, user_ids: Sequence[UserId]) -> None:
        """Read together what will be asked of several people, half of what is kept at most."""
        loaded = self._pinned or self._current()
        if PriorTable.USER_TASTES in loaded.generation.rows_by_table:
            some = [user_id for user_id in user_ids if user_id not in loaded.tastes]
            self._read_tastes(loaded, some[: KEPT_TASTES // 2])

    def _read_tastes(self, loaded: _Loaded, user_ids: Sequence[UserId]) -> dict[UserId, RankedList]:
        known = loaded.tastes
        keys = [(PriorTable.USER_TASTES, user_id) for user_id in user_ids]
        found = self._store.read_many(loaded.generation.generation_id, keys) if keys else {}
        if len(known) + len(keys) > KEPT_TASTES:
            known = loaded.tastes = {}
        known.update(
            (user_id, found.get(key, ())) for user_id, key in zip(user_ids, keys, strict=True)
        )
        return known

    def keep(self, name: Hashable, read: Callable[[], _Value]) -> _Value:
        """Return what was read of the lists of this generation, once, under a name."""
        loaded = self._pinned or self._current()
        values = loaded.values
        if name not in values:
            if len(values) >= KEPT_VALUES:
                values = loaded.values = {}
            values[name] = read()
        value: _Value = values[name]
        return value

    def kept_table(
        self, names: tuple[str, ...], product_ids: Sequence[str], read: ReadsRows
    ) -> Floats:
        """Return a row of named numbers for each product, read once for this generation."""
        loaded = self._pinned or self._current()
        table = loaded.tables.get(names)
        if table is None:
            if len(loaded.tables) >= KEPT_TABLES:
                loaded.tables = {}
            table = loaded.tables.setdefault(names, KeptTable(len(names), KEPT_ROWS))
        return table.rows(product_ids, read)

    def read_ahead(self, without: Collection[PriorTable] = ()) -> int:
        """Read a small generation and return how many lists that are; 0 for a large one.

        The first decisions then find every list there, and know which do not exist. Lists of
        tables left out are read when they are asked for.
        """
        loaded = self._current()
        keys = self._store.keys(loaded.generation.generation_id, READ_AHEAD_LISTS + 1)
        if len(keys) > READ_AHEAD_LISTS:
            return 0
        wanted = [key for key in keys if key[0] not in without]
        for start in range(0, len(wanted), READ_AT_ONCE):
            chunk = wanted[start : start + READ_AT_ONCE]
            self._read_strengths(loaded, [key for key in chunk if key[0] in STRENGTHS_ONLY])
            self._read_many(loaded, [key for key in chunk if key[0] not in STRENGTHS_ONLY])
        loaded.complete = frozenset(PriorTable) - frozenset(without) - OF_USERS
        return len(wanted)

    def _read_strengths(
        self, loaded: _Loaded, keys: Sequence[PriorKey]
    ) -> Mapping[PriorKey, Strengths]:
        known = loaded.strengths
        missing = [key for key in keys if key not in known]
        if len(known) + len(missing) > CACHED_LISTS or loaded.strength_members > CACHED_MEMBERS:
            known, missing = loaded.drop_strengths(), list(keys)
        absent = STRENGTHS_ONLY & loaded.complete
        known.update((key, {}) for key in missing if key[0] in absent)
        asked = [key for key in missing if key[0] not in absent]
        for key, members in self._read_many(loaded, asked, keep=False).items():
            # Ids of equal text are one string for all lists.
            known[key] = {intern(member.member_id): member.strength for member in members}
            loaded.strength_members += len(members)
        return known

    def _read_many(
        self, loaded: _Loaded, keys: Sequence[PriorKey], *, keep: bool = True
    ) -> Mapping[PriorKey, RankedList]:
        """Read lists; those of which somebody keeps the strengths need not be kept, too.

        Each of their members is an object, through which the garbage collector goes now and then.
        """
        lists, complete = loaded.lists, loaded.complete - STRENGTHS_ONLY
        missing = [key for key in keys if key not in lists and key[0] not in complete]
        if not missing:
            return {key: lists.get(key, ()) for key in keys}
        found = self._store.read_many(loaded.generation.generation_id, missing)
        if not keep:
            return {key: found.get(key) or lists.get(key, ()) for key in keys}
        if len(lists) + len(missing) > CACHED_LISTS or loaded.list_members > CACHED_MEMBERS:
            # What was asked for beside the missing ones stays; what was read ahead does not.
            lists = loaded.drop_lists({key: lists[key] for key in keys if key in lists})
        new = {key: found.get(key, ()) for key in missing if key[0] not in STRENGTHS_ONLY}
        lists.update(new)
        loaded.list_members += sum(map(len, new.values()))
        return {key: found.get(key) or lists.get(key, ()) for key in keys}

    def _current(self) -> _Loaded:
        if self._look is not None and self._look.due():
            self._look_for_another()
        if self._loaded is None:
            raise NoActiveGenerationError
        return self._loaded

    def _look_for_another(self) -> None:
        """Load the first generation at once, any other beside whoever decides by the one before."""
        if self._loaded is None:
            self.refresh()
        elif self._loading is None or self._loading.is_over():
            self._loading = None
            active = self._read_active()
            if active is not None:
                self._loading = Loading(partial(self._replace, active))

    def refresh(self) -> None:
        """Look for another generation and load it; it takes over once its index is here too."""
        if self._loading is not None:
            self._loading.wait()
        active = self._read_active()
        loaded = active and self._read_generation(active)
        if loaded:
            self._loaded = loaded

    def _read_active(self) -> Generation | None:
        """Return the active generation if it is another one than is known."""
        known = self._loaded
        try:
            active = self._store.active()
        except StoreUnavailableError:
            STORE_FAILURES.labels("priors").inc()
            if known is None:
                raise
            return None
        if active is None or (known and known.generation.generation_id == active.generation_id):
            return None
        return active

    def _replace(self, active: Generation) -> None:
        loaded, former = self._read_generation(active), self._loaded
        if loaded is None or former is None:
            return
        # Which sessions are erased is looked for here, and not by the first to decide.
        self._index_of_now(loaded)
        self._loaded = loaded
        former.forget()

    def _read_generation(self, active: Generation) -> _Loaded | None:
        """Return None while it cannot be read and another one is here."""
        try:
            return _load(self._store, active)
        except StoreUnavailableError:
            STORE_FAILURES.labels("priors").inc()
            if self._loaded is None:
                raise
            return None


def _load(store: PriorStore, generation: Generation) -> _Loaded:
    if SESSION_INDEX not in generation.rows_by_table:
        return _Loaded(generation, _AskedIndex())
    try:
        index = decode_index(join_chunks(store.read_index(generation.generation_id)))
    except DamagedIndexError:
        # Whoever decides or replays by this generation finds the same, and does without.
        logger.exception("session index of %s", generation.generation_id)
        return _Loaded(generation, _AskedIndex())
    return _Loaded(generation, _AskedIndex(index))
