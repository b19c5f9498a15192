"""Requests for erasure and how far each is: documents of the shop, which outlive who works on them.

While a request is open its document names sessions and users. The last version names nobody, and
the versions before it are discarded.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from uuid import uuid4

from personalization.codec.json_codec import JsonCodec
from personalization.domain.errors import StoreFullError, UnknownNameError
from personalization.domain.identifiers import SessionId, UserId
from personalization.erasure.store_eraser import ErasedPeople
from personalization.plans.current_plan import NO_VERSION
from personalization.plans.editor import PlanEditor
from personalization.ports.plan_store import ERASURE_REQUESTS, PlanStore

MOST_WAITING = 1_000
"""Requests that wait for their live part, which takes some seconds."""
MOST_OPEN = 10_000
"""Requests that wait for a night as well: their names are 330 KB."""
MOST_OF_PEOPLE = 5_000
"""Of these by people themselves: whoever begins visits to erase them leaves room for the shop."""
THE_PERSON = "the person"
"""Who asks, where it is the person."""
SESSIONS_OF_A_PART = 5_000
"""A larger request is kept in parts of so many, some 200 KB each."""
_PREFIX = "erasure."


class ErasureState(StrEnum):
    WAITING = "waiting"
    """Nobody has begun, or a store did not answer: it is tried again."""
    LIVE_DONE = "live_done"
    """Nothing that serves has it any more; the night erases the rest."""
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreErasure:
    """What was done in one store."""

    store: str
    removed: int
    """Rows, records or values."""
    erased_at: datetime
    left: str = ""
    """What is still there, until when and why; empty where nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRequest:
    request_id: str
    asked_at: datetime
    asked_by: str
    """A key, a command's author, or `the person`."""
    session_count: int
    sessions: tuple[SessionId, ...] = ()
    """Of a part; none once it is done."""
    users: tuple[UserId, ...] = ()
    visitors: tuple[UserId, ...] = ()
    """People who stay, and whose visits are among these; none once it is done."""
    state: ErasureState = ErasureState.WAITING
    stores: tuple[StoreErasure, ...] = ()
    waits_for: str = ""
    """What did not answer."""
    live_at: datetime | None = None
    done_at: datetime | None = None
    unknown: int = 0
    """Sessions of which no store had anything."""
    is_counted: bool = False
    """Whether these are, which is done once, before anything is erased."""
    parts: tuple[str, ...] = ()
    """Further requests, for visits of the people for which this one is too small."""

    @property
    def people(self) -> ErasedPeople:
        return ErasedPeople(self.sessions, self.users, self.visitors, self.live_at)

    def anonymous(self) -> "ErasureRequest":
        return replace(self, sessions=(), users=(), visitors=())

    def with_visitors(self, found: Iterable[UserId]) -> "ErasureRequest":
        """Add people who are not erased themselves."""
        others = (user for user in found if user not in self.users)
        return replace(self, visitors=tuple(dict.fromkeys((*self.visitors, *others))))

    def with_erased(self, found: Iterable[StoreErasure]) -> "ErasureRequest":
        """Add what a pass removed to what others removed before it, or meanwhile."""
        stores = {known.store: known for known in self.stores}
        for entry in found:
            known = stores.get(entry.store)
            if known is None:
                stores[entry.store] = entry
                continue
            moment = entry.erased_at if entry.removed else known.erased_at
            removed = known.removed + entry.removed
            stores[entry.store] = replace(entry, removed=removed, erased_at=moment)
        return replace(self, stores=tuple(stores.values()))


_REQUEST: JsonCodec[ErasureRequest] = JsonCodec(ErasureRequest)


@dataclass(frozen=True, slots=True)
class OpenErasures:
    waiting: tuple[str, ...] = ()
    """For their live part."""
    night: tuple[str, ...] = ()

    def with_one(self, request: ErasureRequest) -> "OpenErasures":
        """Add a request; raises `StoreFullError` where too many are open."""
        if request.request_id in (*self.waiting, *self.night):
            return self
        most = MOST_OF_PEOPLE if request.asked_by == THE_PERSON else MOST_OPEN
        if len(self.waiting) >= MOST_WAITING or len(self.waiting) + len(self.night) >= most:
            raise StoreFullError(
                f"{len(self.waiting) + len(self.night):,} erasures are open: wait until some are "
                "done (`fitting-room privacy erasures`)."
            )
        return replace(self, waiting=(*self.waiting, request.request_id))

    def without(self, request_id: str) -> "OpenErasures":
        def others(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(name for name in names if name != request_id)

        return OpenErasures(others(self.waiting), others(self.night))

    def for_night(self, request_id: str) -> "OpenErasures":
        left = self.without(request_id)
        return replace(left, night=(*left.night, request_id))


_OPEN: JsonCodec[OpenErasures] = JsonCodec(OpenErasures)
AUTHOR = "erasure"


@dataclass(frozen=True, slots=True)
class RequestBook:
    """The open requests by name, and each with its receipt."""

    plans: PlanStore

    def add(self, request: ErasureRequest) -> None:
        """Keep a request; raises `StoreFullError` where too many are open."""
        self.open().with_one(request)
        self._write(request)
        try:
            self._names().edit(lambda known: known.with_one(request), AUTHOR)
        except StoreFullError:
            # Nobody works it off, so it must name nobody.
            self.change(request.request_id, ErasureRequest.anonymous)
            raise
        self._discard(ERASURE_REQUESTS)

    def open(self) -> OpenErasures:
        return self._names().newest().document

    def open_ids(self) -> tuple[str, ...]:
        known = self.open()
        return (*known.waiting, *known.night)

    def has(self, request_id: str) -> bool:
        return self.plans.read(_PREFIX + request_id) is not None

    def read(self, request_id: str) -> ErasureRequest:
        """Raise `UnknownNameError` where there is none."""
        plan = self.plans.read(_PREFIX + request_id)
        if plan is None:
            raise UnknownNameError(f"There is no erasure {request_id!r}.")
        return _REQUEST.decode(plan.body)

    def change(
        self, request_id: str, change: Callable[[ErasureRequest], ErasureRequest]
    ) -> ErasureRequest:
        """Store a change of a request, and keep no version that knows more than the newest."""
        name = _PREFIX + request_id
        editor = PlanEditor(
            self.plans,
            name,
            lambda plan: _REQUEST.decode(plan.body),
            _REQUEST.encode,
            self.read(request_id),
        )
        changed = editor.edit(change, AUTHOR).document
        self._discard(name)
        if changed.state is ErasureState.LIVE_DONE and request_id in self.open().waiting:
            self._names().edit(lambda known: known.for_night(request_id), AUTHOR)
            self._discard(ERASURE_REQUESTS)
        return changed

    def close(self, request_id: str) -> None:
        """Take a finished request off the open ones."""
        self._names().edit(lambda known: known.without(request_id), AUTHOR)
        self._discard(ERASURE_REQUESTS)

    def prune(self, before: datetime) -> int:
        """Remove the receipts of what was done before a moment; return how many."""
        removed = 0
        for name in self.plans.names(_PREFIX):
            request = self.read(name.removeprefix(_PREFIX))
            if request.done_at is not None and request.done_at < before:
                self.plans.remove(name)
                removed += 1
        return removed

    def _names(self) -> PlanEditor[OpenErasures]:
        return PlanEditor(
            self.plans,
            ERASURE_REQUESTS,
            lambda plan: _OPEN.decode(plan.body),
            _OPEN.encode,
            OpenErasures(),
        )

    def _write(self, request: ErasureRequest) -> None:
        self.plans.write(_PREFIX + request.request_id, _REQUEST.encode(request), NO_VERSION, AUTHOR)

    def _discard(self, name: str) -> None:
        newest = self.plans.read(name)
        if newest is not None:
            self.plans.discard(name, newest.version)


def requests_of(
    sessions: Sequence[SessionId], users: Sequence[UserId], asked_by: str, now: datetime
) -> list[ErasureRequest]:
    """Return a request, or several where there are many sessions; the first has the users."""
    return list(parts_of(dict.fromkeys(sessions), users, asked_by, now))


def parts_of(
    sessions: Iterable[SessionId], users: Sequence[UserId], asked_by: str, now: datetime
) -> Iterator[ErasureRequest]:
    """Yield the same, of sessions that need not all be in memory."""
    remaining = iter(sessions)
    part, of_part = _next_part(remaining), tuple(users)
    while part or of_part:
        yield ErasureRequest(
            request_id=uuid4().hex,
            asked_at=now,
            asked_by=asked_by,
            session_count=len(part),
            sessions=part,
            users=of_part,
        )
        part, of_part = _next_part(remaining), ()


def _next_part(remaining: Iterator[SessionId]) -> tuple[SessionId, ...]:
    return tuple(dict.fromkeys(islice(remaining, SESSIONS_OF_A_PART)))
