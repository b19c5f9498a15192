"""A past decision made again from the events of its session, and compared with the kept one.

Nothing of the decision itself goes into its replay but its moment, its version and the settings
that it names: evidence, context, action set, scores, slate and profile come out of the history,
the priors and the model of that time, by the code that decides live.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.codec.json_codec import DECISION, PROFILE
from personalization.decisions.decision_maker import DecisionMaker, RankingConfig
from personalization.domain.asked import Asked
from personalization.domain.decision import Decision
from personalization.domain.errors import InvalidPolicyError, InvalidRuleError
from personalization.domain.event import Event
from personalization.domain.identifiers import EventId, GenerationId, SessionId, UserId
from personalization.domain.prior import Generation
from personalization.domain.profile import BundleSuggestion
from personalization.domain.session import Session
from personalization.merchandising.current_rules import Merchandising
from personalization.neighbours.erasures import NOTHING_ERASED, Erasures, emptied_version
from personalization.plans.current_plan import NO_VERSION
from personalization.policies.placement import Placement
from personalization.policies.spec import PolicySpec
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.event_history import EventHistory
from personalization.ports.prior_store import PriorStore
from personalization.ports.value_models import ServedPolicy
from personalization.priors.active_priors import ActivePriors
from personalization.profiles.builder import ProfileBuilder, ProfileSizes
from personalization.ranking.evidence import EVIDENCE_LIMIT
from personalization.ranking.tastes import tastes_of
from personalization.recommendations.row_record import record_row
from personalization.replay.former_savings import (
    has_unpromised_savings,
    may_lack_prices,
    with_former_offers,
    with_unpromised_savings,
)
from personalization.replay.given_again import GIVEN, given_again
from personalization.replay.json_differences import Difference, json_differences
from personalization.replay.logged_policy import LoggedPolicy
from personalization.replay.record_check import record_differences
from personalization.sessions.recount import first_visit, session_after, up_to
from personalization.vault.pseudonym import key_of_pseudonym


class ReplayedFrom(StrEnum):
    """What a decision could be made again from."""

    EVERYTHING = "everything"
    COUNTED_EVENTS = "the events it had counted"
    """The history has more by now: the session was found again, or begun again, while the history
    was behind or away. Which events took part is read off the decision's evidence."""
    GIVEN_PRODUCTS = "the products found for it"
    """Of a row or list, the filtered set with its sources and strengths is taken as it was."""
    LOGGED_POLICY = "logged probabilities"
    """Its snapshot of the model is no longer kept: what was logged of it takes its place."""
    RECORD = "record alone"
    """Its priors, its last event or its rules are not kept: only what the record says of
    itself could be checked."""


@dataclass(frozen=True, slots=True)
class Replayed:
    decision_id: str
    made_from: ReplayedFrom
    why: str
    """What was missing, where anything was."""
    differences: Sequence[Difference]
    uncounted_events: int = 0
    """Events that the history has and the session had not."""

    @property
    def is_equal(self) -> bool:
        return not self.differences


@dataclass(frozen=True, slots=True)
class ReplayStores:
    history: EventHistory
    priors: PriorStore
    catalogue: CatalogueCache
    policy_of: Callable[[str], ServedPolicy | None]
    """Returns the policy of a snapshot's version, None where it is no longer kept."""
    rules_of: Callable[[int], Merchandising]
    """Returns the rules of a version; raises `InvalidRuleError` where there is no such."""
    erasures: Erasures = NOTHING_ERASED
    """The newest list, which says what each earlier one was."""


UNCOUNTED = "The history has events that it had not counted."


class _NotKeptError(Exception):
    """Says what a whole replay lacks."""


class DecisionReplay:
    """Makes decisions again; keeps the priors of the generations that it has met."""

    def __init__(self, stores: ReplayStores, config: RankingConfig, sizes: ProfileSizes) -> None:
        self._stores = stores
        self._config = config
        self._sizes = sizes
        self._priors: dict[GenerationId, ActivePriors] = {}
        self._emptied: dict[GenerationId, int] = {}
        """Since which version of the list a generation lacks visits."""
        self._without_erased: dict[tuple[GenerationId, int], ActivePriors] = {}
        """The one that was asked last: decisions of one time name the same."""
        self._generations: Mapping[GenerationId, Generation] = {
            generation.generation_id: generation for generation in stores.priors.generations()
        }

    def replay(self, record: DecisionRecord) -> Replayed:
        return self.replay_many([record])[0]

    def replay_many(self, records: Sequence[DecisionRecord]) -> list[Replayed]:
        sessions = list(dict.fromkeys(record.decision.session_id for record in records))
        events = self._stores.history.read_many(sessions)
        return [self._replay(record, events) for record in records]

    def _replay(
        self, record: DecisionRecord, events: Mapping[SessionId, Sequence[Event]]
    ) -> Replayed:
        decision = record.decision
        try:
            session, uncounted = self._session(record, events.get(decision.session_id, ()))
            priors = self._priors_of(decision)
            _check_tastes(decision, session, priors)
            config = self._config_of(decision)
        except _NotKeptError as error:
            differences = record_differences(decision)
            return Replayed(decision.decision_id, ReplayedFrom.RECORD, str(error), differences)
        decider, why = self._decider(decision, priors, config)
        again = self._decide(record, session, decider)
        again = replace(again, decision=_with_arms(again.decision, decision))
        made_from = ReplayedFrom.EVERYTHING
        if decision.asked is not None:
            made_from = ReplayedFrom.GIVEN_PRODUCTS
        made_from = ReplayedFrom.COUNTED_EVENTS if uncounted else made_from
        made_from = ReplayedFrom.LOGGED_POLICY if why else made_from
        reasons = [why, GIVEN if decision.asked else "", UNCOUNTED if uncounted else ""]
        why = " ".join(filter(None, reasons))
        differences = _differences(record, again)
        return Replayed(decision.decision_id, made_from, why, differences, uncounted)

    def _decide(
        self, record: DecisionRecord, session: Session, decider: DecisionMaker
    ) -> DecisionRecord:
        life = record.profile.expiry - record.profile.created_at
        if record.decision.asked is not None:
            return _decide_again(record.decision, record.decision.asked, session, decider, life)
        maker = ProfileBuilder(decider, replace(self._sizes, life=life))
        again, pinned = maker.make_with_inputs(session, record.decision.decided_at)
        if has_unpromised_savings(record.profile):
            return with_unpromised_savings(again, pinned)
        if _bundles(again) != _bundles(record) and may_lack_prices(record.profile):
            return with_former_offers(again, pinned)
        return again

    def _decider(
        self, decision: Decision, priors: ActivePriors, config: RankingConfig
    ) -> tuple[DecisionMaker, str]:
        catalogue = self._stores.catalogue
        policy = self._stores.policy_of(decision.policy_version)
        if policy is not None:
            return DecisionMaker(priors, catalogue, policy, config), ""
        logged = LoggedPolicy(decision)
        why = f"Snapshot {decision.policy_version} is no longer kept."
        return DecisionMaker(priors, catalogue, logged, config, draws=logged), why

    def _session(self, record: DecisionRecord, events: Sequence[Event]) -> tuple[Session, int]:
        """Return the session as it stood, and how many of the history's events it had not."""
        decision, last = record.decision, record.decision.last_event_id
        if last is not None:
            past = up_to(events, last)
            if not past:
                raise _NotKeptError(f"Event {last}, its last, is not in the history.")
            counted = self._recount(past, decision)
            uncounted = _uncounted_events(counted, decision)
            if uncounted:
                known = [event for event in past if event.event_id not in uncounted]
                counted = self._recount(known, decision)
            user_id = _user_of_record(counted.user_id, record.profile.user_id)
            version = record.profile.version
            return replace(counted, user_id=user_id, profile_version=version), len(uncounted)
        if decision.evidence:
            raise _NotKeptError("The decision does not say which event was its last.")
        # Nothing else says whose first page it was: the context holds no identity.
        user_id, version = record.profile.user_id, record.profile.version
        return replace(first_visit(decision), user_id=user_id, profile_version=version), 0

    def _recount(self, past: Sequence[Event], decision: Decision) -> Session:
        session = session_after(past, self._stores.catalogue)
        if session is None:
            raise _NotKeptError("None of its events counts by the catalogue of now.")
        # By the rule of then: its session may have been begun by a former release.
        return replace(session, by_pieces=decision.by_pieces)

    def _priors_of(self, decision: Decision) -> ActivePriors:
        generation_id = decision.generation_id
        if generation_id is None or generation_id not in self._generations:
            raise _NotKeptError(f"Generation {generation_id} of the priors is no longer kept.")
        if generation_id not in self._priors:
            generation = self._generations[generation_id]
            priors = ActivePriors.of(self._stores.priors, generation)
            index = priors.session_index()
            self._emptied[generation_id] = (
                NO_VERSION if index is None else emptied_version(index, self._stores.erasures)
            )
            self._priors[generation_id] = priors
        return self._by_its_list(self._priors[generation_id], decision)

    def _by_its_list(self, priors: ActivePriors, decision: Decision) -> ActivePriors:
        """Return the priors without the sessions that were erased when the decision was made."""
        version = decision.erased_version
        if decision.evidence and self._emptied[priors.generation().generation_id] > version:
            raise _NotKeptError("Visits that it may have asked were erased since.")
        if not version:
            return priors
        asked = (priors.generation().generation_id, version)
        if asked not in self._without_erased:
            known = self._stores.erasures.until(version)
            self._without_erased = {asked: priors.pin_by_list(known)}
        return self._without_erased[asked]

    def _config_of(self, decision: Decision) -> RankingConfig:
        """Return the settings that the decision names, and for the rest those of now."""
        if not decision.draws:
            raise _NotKeptError("The decision was kept before draws were.")
        try:
            placements = tuple(
                Placement(name=draw.placement, size=draw.size, policy=PolicySpec.parse(draw.policy))
                for draw in decision.draws
            )
            rules = self._stores.rules_of(decision.rules_version)
        except (InvalidPolicyError, InvalidRuleError) as error:
            raise _NotKeptError(str(error)) from error
        return replace(self._config, placements=placements, tuning=decision.tuning, rules=rules)


def _decide_again(
    decision: Decision, asked: Asked, session: Session, decider: DecisionMaker, life: timedelta
) -> DecisionRecord:
    """Decide on a row or list once more, in the market that it was asked for."""
    session = replace(session, region=decision.context.region)
    pinned = decider.pin(decision.decided_at, asked.market or session.region)
    (placement,) = decider.placements()
    given = given_again(decision, asked, placement)
    again = decider.decide_on(session, given, decision.decided_at, pinned)
    return record_row(again, session, pinned, life, {}).record


def _check_tastes(decision: Decision, session: Session, priors: ActivePriors) -> None:
    """Raise `_NotKeptError` where a person's tastes went with a visit that was erased since."""
    if decision.context.tastes and tastes_of(session.user_id, priors) is None:
        raise _NotKeptError("The person's tastes of then went with a visit that was erased since.")


def _user_of_record(counted: UserId | None, kept: UserId | None) -> UserId | None:
    """Return whose visit it was in the words of the record.

    Before there were pseudonyms it had the shop's own id, by which its priors knew the person.
    """
    is_former = kept is not None and key_of_pseudonym(kept) is None
    return kept if counted is not None and is_former else counted


def _uncounted_events(session: Session, decision: Decision) -> set[EventId]:
    """Return the interactions of a recounted session that a decision did not know.

    What is no evidence, impressions and what has no reward, passes for counted. Evidence at its
    limit may have left out the oldest, so that nothing can be said.
    """
    known = len(decision.evidence) < EVIDENCE_LIMIT and not decision.tuning.ignores_visit
    if session.interaction_count == decision.context.interaction_count or not known:
        return set()
    counted = {interaction.event_id for interaction in decision.evidence}
    return {event.event_id for event in session.in_force() if event.reward} - counted


def _with_arms(again: Decision, kept: Decision) -> Decision:
    """Keep the arms as they were: which experiments there were is not the decision's to know."""
    return replace(again, exposures=kept.exposures, shadows=kept.shadows)


def _differences(kept: DecisionRecord, again: DecisionRecord) -> list[Difference]:
    decisions = DECISION.encode(kept.decision), DECISION.encode(again.decision)
    profiles = PROFILE.encode(kept.profile), PROFILE.encode(again.profile)
    return [*json_differences(*decisions, "decision"), *json_differences(*profiles, "profile")]


def _bundles(record: DecisionRecord) -> tuple[BundleSuggestion, ...]:
    return record.profile.bundled_discount_suggestions
