"""Makes the rows and lists of a call, and keeps their decisions before anybody sees them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final, Generic, Protocol, TypeVar

from api.http.blocking_calls import BlockingCalls
from api.http.json_answers import json_bytes
from api.profiles.slate_book import ONLY_THE_PAGE_HAS_IT, SlateBook
from api.recommendations.byte_quota import ByteQuota
from api.recommendations.grouped_decisions import GroupedDecisions
from api.recommendations.made_answers import ranked_items, shown_rows
from api.recommendations.questions import WantedRank, WantedRows
from api.recommendations.record_tokens import RecordTokens
from api.recommendations.sent_records import slate_of
from api.schemas.recommendations import RankedList, RowsAnswer
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.domain.clock import Clock
from personalization.domain.consent import ConsentPurpose, agrees
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId, UserId
from personalization.domain.session import Session
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.session_store import SessionStore
from personalization.recommendations.answer import RankAnswer, RowAnswer
from personalization.recommendations.person import NOBODY, PersonVisits
from personalization.recommendations.person_history import PersonHistory
from personalization.recommendations.request import RankRequest, RowRequest
from personalization.telemetry.metrics import STORE_FAILURES
from personalization.tracking.client_hints import ClientHints
from personalization.tracking.event_warning import EventWarning, warning

_RECORD_BYTES: Final = 900
_ACTION_BYTES: Final = 12
"""What a record and each product that it was chosen from take, about."""
_NO_VISIT: Final = warning(
    "visit_unavailable",
    "What the session has done cannot be read now: the answer is made of what suits all shoppers.",
)
_NOT_CHOSEN_FOR: Final = warning(
    "not_personalized",
    "The shopper does not want to be chosen for: the answer is made of what suits all shoppers.",
)
_NOT_KEPT: Final = warning(
    "unrecorded",
    "The decisions cannot be kept now: the answer may be shown, and nothing is learned of it.",
)
_Made = TypeVar("_Made", bound="RowAnswer | RankAnswer")


class MakesRows(Protocol):
    def page(
        self, session: Session, rows: Sequence[RowRequest], now: datetime, person: PersonVisits
    ) -> list[RowAnswer]: ...

    def rank(
        self, session: Session, request: RankRequest, now: datetime, person: PersonVisits
    ) -> RankAnswer: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, and by what right."""

    session_id: SessionId
    hints: ClientHints
    key_id: str
    """Empty where none was needed."""
    speaks: bool
    """Whether the session is the asker's: what it did is looked at, and decisions are kept.
    Others get what suits all shoppers, and the decisions as tokens."""
    is_passing: bool = False
    """Whether there is no shopper: nothing is kept, whatever is asked."""
    warnings: tuple[EventWarning, ...] = ()


@dataclass(slots=True)
class _MadeAnswers(Generic[_Made]):
    answers: list[_Made]
    tokens: list[str | None] = field(default_factory=list)
    """Of each answer whose decision travels."""
    to_keep: list[DecisionRecord] = field(default_factory=list)
    warnings: list[EventWarning] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RowService:
    """Does all of an answer on one thread: each change of threads waits for the interpreter."""

    rows: MakesRows
    look: Callable[[], None]
    """Looks for a newer model, now and then."""
    sessions: SessionStore
    persons: PersonHistory
    refuses: Callable[[SessionId], bool]
    """Says whether a session does not want to be chosen for."""
    writer: GroupedDecisions
    tokens: RecordTokens
    quota: ByteQuota
    book: SlateBook
    catalogue: CatalogueCache
    clock: Clock
    blocking: BlockingCalls

    async def page(self, asker: Asker, wanted: WantedRows) -> bytes:
        """Return a `RowsAnswer` as JSON.

        Raises `ProblemError` where too much is to be kept, `NoActiveGenerationError`.
        """
        return await self.blocking.run(partial(self._answer_page, asker, wanted))

    async def rank(self, asker: Asker, wanted: WantedRank) -> bytes:
        """Return a `RankedList` as JSON; raises as `page`."""
        return await self.blocking.run(partial(self._answer_rank, asker, wanted))

    def _answer_page(self, asker: Asker, wanted: WantedRows) -> bytes:
        def make(session: Session, now: datetime) -> list[RowAnswer]:
            return self.rows.page(session, wanted.rows, now, self._person(session, now))

        made = self._make(asker, make)
        recorded = self._keep(made)
        return json_bytes(
            RowsAnswer(
                session_id=asker.session_id,
                recorded=recorded,
                rows=shown_rows(made.answers, made.tokens, self.catalogue),
                warnings=[*asker.warnings, *wanted.warnings, *made.warnings],
            )
        )

    def _answer_rank(self, asker: Asker, wanted: WantedRank) -> bytes:
        def make(session: Session, now: datetime) -> list[RankAnswer]:
            return [self.rows.rank(session, wanted.request, now, self._person(session, now))]

        made = self._make(asker, make)
        recorded = self._keep(made)
        (answer,), (token,) = made.answers, made.tokens
        return json_bytes(
            RankedList(
                session_id=asker.session_id,
                recorded=recorded,
                items=ranked_items(answer.items),
                unknown=list(answer.unknown),
                left_out=list(answer.left_out),
                short=answer.short,
                decision_id=answer.record.decision.decision_id if answer.record else None,
                decision_token=token,
                warnings=[*asker.warnings, *wanted.warnings, *made.warnings],
            )
        )

    def _make(
        self, asker: Asker, make: Callable[[Session, datetime], list[_Made]]
    ) -> _MadeAnswers[_Made]:
        """Read the session, make the answers, and say of each decision how it is kept."""
        refuses = self.refuses(asker.session_id)
        if refuses:
            # Nothing is kept of who refuses: the decision travels with the page.
            asker = replace(asker, speaks=False)
        if asker.speaks:
            self.quota.check(asker.session_id, asker.key_id)
        self.look()
        now = self.clock.now()
        session, warnings = self._session(asker, now, refuses=refuses)
        made = _MadeAnswers(make(session, now), warnings=warnings)
        for answer in made.answers:
            record = answer.record
            token = None
            if record is not None:
                token = None if asker.speaks else self.tokens.issue(record, now)
                if token is not None:
                    # Only the page has it: it would take too much room here.
                    self.book.put(slate_of(record, ONLY_THE_PAGE_HAS_IT))
                elif not asker.is_passing:
                    self._count(asker, record)
                    made.to_keep.append(record)
            made.tokens.append(token)
        return made

    def _count(self, asker: Asker, record: DecisionRecord) -> None:
        if not asker.speaks:
            self.quota.check(asker.session_id, asker.key_id)
        size = _RECORD_BYTES + _ACTION_BYTES * len(record.decision.actions)
        self.quota.count(asker.session_id, asker.key_id, size)

    def _session(
        self, asker: Asker, now: datetime, *, refuses: bool
    ) -> tuple[Session, list[EventWarning]]:
        """Return the session as counted so far, or one that has done nothing."""
        hints, warnings = asker.hints, list[EventWarning]()
        user_id: UserId | None = None
        if asker.speaks:
            try:
                known = self.sessions.read_many([asker.session_id]).get(asker.session_id)
                if known is not None and not agrees(known.consent, ConsentPurpose.PERSONALIZE):
                    return known, [_NOT_CHOSEN_FOR]
                user_id = known.user_id if known else None
                # A login is bound at once, and counted some moments later.
                user_id = user_id or self._bound_user(asker.session_id)
            except StoreUnavailableError:
                STORE_FAILURES.labels("sessions").inc()
                known, warnings = None, [_NO_VISIT]
            if known is not None:
                region = known.region or hints.region
                return replace(known, region=region, user_id=user_id), warnings
        return Session(
            session_id=asker.session_id,
            started_at=now,
            watermark=now,
            region=hints.region,
            device=hints.device,
            user_id=user_id,
            consent=() if refuses else None,
        ), [_NOT_CHOSEN_FOR] if refuses else warnings

    def _bound_user(self, session_id: SessionId) -> UserId | None:
        owner = self.sessions.bind_user(session_id, None)
        return owner.user_id if owner else None

    def _person(self, session: Session, now: datetime) -> PersonVisits:
        """Return what is known of the session's person from other visits."""
        return NOBODY if session.user_id is None else self.persons.read(session.user_id, now)

    def _keep(self, made: _MadeAnswers[_Made]) -> bool:
        """Keep what does not travel; False where that cannot be done now."""
        if not made.to_keep:
            return True
        try:
            self.writer.keep(made.to_keep)
        except StoreUnavailableError:
            STORE_FAILURES.labels("decisions").inc()
            made.warnings.append(_NOT_KEPT)
            return False
        for record in made.to_keep:
            self.book.put(slate_of(record))
        return True
