from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from personalization.decisions.own_decisions import decision_to_explain, is_own
from personalization.domain.errors import UnknownNameError
from personalization.domain.event import Event
from personalization.domain.identifiers import DecisionId, ProductId, SessionId
from personalization.domain.privacy.small_counts import ALL_COUNTS
from personalization.domain.profile import Profile
from personalization.explanations.explain import Explanation, explain
from personalization.explanations.names import Names
from personalization.explanations.why_not import WhyNot, why_not
from personalization.ports.catalogue import Catalogue
from personalization.ports.decision_history import DecisionHistory, DecisionRecord
from personalization.ports.event_history import EventHistory


@dataclass(frozen=True, slots=True)
class WhyNotAnswer:
    answer: WhyNot
    names: Names


@dataclass(frozen=True, slots=True)
class ExplanationService:
    """Why anything was served to anybody, by command or over HTTP; it changes nothing.

    Of those who run the shop: numbers of people are told as they are.
    """

    decisions: DecisionHistory
    history: EventHistory
    catalogue: Catalogue

    def find(self, decision_id: str) -> DecisionRecord:
        """Raise `UnknownNameError` for a decision that is not kept."""
        wanted = DecisionId(decision_id)
        record = self.decisions.read_many([wanted]).get(wanted)
        if record is None:
            raise UnknownNameError("No such decision is kept: a session lists what there is.")
        return record

    def newest(self, session_id: SessionId, until: datetime) -> DecisionRecord:
        """Return what a session was shown at a moment; raises `UnknownNameError` for nothing."""
        record = decision_to_explain(self.decisions, session_id, until)
        if record is None:
            raise UnknownNameError("Nothing had been served to the session at that moment.")
        return record

    def explain(self, record: DecisionRecord) -> Explanation:
        return explain(record, Names.of(record, self.catalogue), ALL_COUNTS)

    def why_not(self, record: DecisionRecord, product_id: str) -> WhyNotAnswer:
        """Return what chance a product had; raises `UnknownNameError` for one not considered."""
        decision, wanted = record.decision, ProductId(product_id)
        shown = [slot.product_id for slot in decision.slate]
        names = Names.of(record, self.catalogue, [wanted, *shown])
        answer = why_not(decision, names, wanted)
        if answer is None:
            raise UnknownNameError(
                f"Product {product_id!r} was not among the {len(decision.actions)} products that "
                "the decision considered: no list of the night had brought it in, or a rule took "
                "it out."
            )
        return WhyNotAnswer(answer, names)

    def profile_at(self, session_id: SessionId, until: datetime) -> Profile:
        """Return the profile that a session was served at a moment; raises as `newest` does."""
        record = self.newest(session_id, until)
        if not is_own(record):
            raise UnknownNameError("The session had been served rows, and no profile, until then.")
        return record.profile

    def events_of(self, session_id: SessionId) -> Sequence[Event]:
        """Return all kept events of a session, in the order of the history."""
        return self.history.read_many([session_id]).get(session_id, ())

    def decisions_of(
        self, session_id: SessionId, until: datetime, limit: int
    ) -> Sequence[DecisionRecord]:
        """Return decisions made at or before a moment, newest first."""
        return self.decisions.list_session(session_id, until, limit)
