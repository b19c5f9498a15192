"""From people to the rows of their lists: `RowMaker` decides, as it does for a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.domain.access.user_binding import owner_of
from personalization.domain.consent import ConsentPurpose
from personalization.domain.event import Event, received_order
from personalization.domain.identifiers import ProductId, SessionId
from personalization.domain.session import SESSION_LIFE, Session
from personalization.ports.decision_history import DecisionHistory, DecisionRecord
from personalization.priors.active_priors import ActivePriors
from personalization.profiles.last_profile import find_last
from personalization.ranking.tastes import shares_of
from personalization.recommendations.answer import RowAnswer
from personalization.recommendations.batches.audience import Recipient
from personalization.recommendations.batches.batch_job import BatchJob, PartCounts
from personalization.recommendations.batches.known_visits import KnownVisits
from personalization.recommendations.person import NOBODY
from personalization.recommendations.person_history import MOST_VISITS, PersonHistory
from personalization.recommendations.request import RowRequest
from personalization.recommendations.row_maker import RowMaker
from personalization.sessions.counting import products_in
from personalization.sessions.recount import recount

PEOPLE_AT_ONCE = 200
"""Whose visits are read, and whose decisions are kept, together."""


class Basis(StrEnum):
    """What a list rests on; the values are in the column `based_on`."""

    VISIT = "visit"
    """What was done in a visit that is under way."""
    PAST_VISITS = "past_visits"
    NOTHING = "nothing"
    """Nothing is known of the person: the list is what suits all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One product of one person's list: a line of what is written, its columns in this order."""

    user_id: str | None
    session_id: str
    position: int
    product_id: str
    title: str
    price: float | None
    currency: str
    image: str | None
    reason: str
    score: float
    propensity: float
    explored: bool
    source: str
    decision_id: str
    row_title: str
    placement: str
    strategy: str
    fell_back_from: str | None
    based_on: str
    short: str | None
    generation: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class _RecipientVisit:
    session: Session
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRows:
    job: BatchJob
    maker: RowMaker
    request: RowRequest
    visits: KnownVisits
    people: PersonHistory
    """Over `visits`."""
    decisions: DecisionHistory
    catalogue: CatalogueCache
    priors: ActivePriors

    def make(self, recipients: Sequence[Recipient], counts: PartCounts) -> Iterator[list[ListRow]]:
        """Yield the rows of some people at a time, their decisions being kept already."""
        for start in range(0, len(recipients), PEOPLE_AT_ONCE):
            some = recipients[start : start + PEOPLE_AT_ONCE]
            self.visits.read(some)
            if any(shares_of(self.priors).values()):
                self.priors.read_tastes([item.user_id for item in some if item.user_id is not None])
            rows: list[ListRow] = []
            records: list[DecisionRecord] = []
            for recipient in some:
                counts.people += 1
                answer = self._answer(recipient, counts)
                if answer is not None:
                    rows += answer[1]
                    records.append(answer[0])
            if self.job.keep:
                self.decisions.append(records)
            counts.rows += len(rows)
            yield rows

    def _answer(
        self, recipient: Recipient, counts: PartCounts
    ) -> tuple[DecisionRecord, list[ListRow]] | None:
        """Return the decision and the lines of one person, None where there are none."""
        events = self._events(recipient)
        if _refuses(events):
            counts.left_out += 1
            return None
        visit = self._visit(recipient, events)
        person = NOBODY
        if recipient.user_id is not None:
            person = self.people.read(recipient.user_id, self.job.at)
        counts.unknown += visit.basis is Basis.NOTHING
        [answer] = self.maker.page(visit.session, [self.request], self.job.at, person)
        if answer.record is None:
            counts.without_products += 1
            return None
        return answer.record, self._rows(recipient, visit, answer, answer.record)

    def _events(self, recipient: Recipient) -> list[Sequence[Event]]:
        """Return the events of each visit that is the person's, the newest visit first."""
        if recipient.user_id is None:
            known = [recipient.session_id] if recipient.session_id else []
        else:
            known = list(self.visits.sessions_of(recipient.user_id, MOST_VISITS))
        found = self.visits.read_many(known)
        events = [found[name] for name in known if name in found]
        if recipient.user_id is None:
            return events
        owners = [owner_of(visit) for visit in events]
        return [
            visit
            for visit, owner in zip(events, owners, strict=True)
            if owner is not None and owner.user_id == recipient.user_id
        ]

    def _visit(self, recipient: Recipient, visits: Sequence[Sequence[Event]]) -> _RecipientVisit:
        """Return the newest visit if it is still under way, or one that has done nothing."""
        at = self.job.at
        for events in visits[:1]:
            # Most are long over: nothing of them need be counted to know it.
            if at - max(event.received_at for event in events) > SESSION_LIFE:
                break
            session_id = events[0].session_id
            counted = recount(events, self.catalogue.products(products_in(events)), at)
            if counted is not None:
                # As the API has it: the version is part of what a decision is drawn by.
                version = find_last(self.decisions, session_id, at).version
                return _RecipientVisit(replace(counted, profile_version=version), Basis.VISIT)
        own = recipient.session_id
        if own is None and recipient.user_id is not None:
            own = self.job.session_of(recipient.user_id)
        session = Session(
            session_id=own or SessionId(""),
            started_at=at,
            watermark=at,
            user_id=recipient.user_id,
        )
        return _RecipientVisit(session, Basis.PAST_VISITS if visits else Basis.NOTHING)

    def _rows(
        self,
        recipient: Recipient,
        visit: _RecipientVisit,
        answer: RowAnswer,
        record: DecisionRecord,
    ) -> list[ListRow]:
        cards = {card.product_id: card for card in record.profile.score_data.products}
        decision = record.decision
        shown = [(item, cards[ProductId(item.product_id)]) for item in answer.items]
        return [
            ListRow(
                user_id=recipient.shop_id,
                session_id=visit.session.session_id,
                position=item.slot,
                product_id=item.product_id,
                title=card.title,
                price=card.price,
                currency=card.currency,
                image=card.image_url,
                reason=item.reason,
                score=item.score,
                propensity=item.propensity,
                explored=item.explored,
                source=item.source,
                decision_id=decision.decision_id,
                row_title=answer.title,
                placement=answer.placement,
                strategy=answer.strategy.value,
                fell_back_from=answer.fell_back_from.value if answer.fell_back_from else None,
                based_on=visit.basis.value,
                short=answer.short,
                generation=decision.generation_id or "",
                made_at=self.job.at,
            )
            for item, card in shown
        ]


def _refuses(visits: Sequence[Sequence[Event]]) -> bool:
    """Say whether the newest event that speaks of consent lacks that of being chosen for."""
    said = [event for events in visits for event in events if event.consent is not None]
    newest = max(said, key=received_order, default=None)
    return newest is not None and ConsentPurpose.PERSONALIZE not in (newest.consent or ())
