"""A decision in the places of an array, without what follows from others of its parts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import cast

import msgspec

from personalization.decisions.packed_products import (
    PackedProducts,
    order_products,
    read_products,
)
from personalization.decisions.packed_scores import (
    PackedScores,
    ScoreGivens,
    read_scores,
    read_strengths,
    write_scores,
)
from personalization.decisions.packed_slate import (
    PackedSlate,
    read_propensities,
    read_slate,
    write_slate,
)
from personalization.decisions.packed_texts import codes_of, with_ids, without_ids
from personalization.decisions.record_ledger import (
    KeptIds,
    LedgerReader,
    LedgerWriter,
    RecordLedger,
)
from personalization.decisions.score_formula import sum_in_order
from personalization.domain.action_table import product_ids_of
from personalization.domain.asked import Asked
from personalization.domain.context import CategoryAffinity, Context, Daypart, Season
from personalization.domain.decision import Action, Decision, Evidence, Exposure, Shadow
from personalization.domain.draw import Draw
from personalization.domain.event import Device, EventType
from personalization.domain.identifiers import (
    CategoryId,
    DecisionId,
    EventId,
    GenerationId,
    ProductId,
    Region,
    SessionId,
    UserId,
    seed_of,
)
from personalization.domain.shown_decision import ShownDecision
from personalization.domain.tuning import Tuning

_MSGPACK = msgspec.msgpack.Encoder()
_KIND = attrgetter("type", "reward", "freshness", "category_id", "category_name")

EvidenceKind = tuple[EventType, float, float, CategoryId | None, str | None]
"""Type, reward, freshness, category and its name."""


class PackedEvidence(msgspec.Struct, array_like=True, frozen=True):
    subjects: tuple[int | str, ...]
    """The place among the actions, or the id of what is not among them."""
    labels: tuple[str, ...]
    ages: tuple[int, ...]
    """None where each is one older than the one before."""
    kinds: tuple[EvidenceKind, ...]
    kind_codes: bytes


class PackedContext(msgspec.Struct, array_like=True, frozen=True):
    season: Season
    daypart: Daypart
    device: Device
    region: Region | None
    affinities: tuple[tuple[CategoryId, float], ...]
    interaction_count: int
    tastes: tuple[tuple[CategoryId, float], ...] = ()


class PackedDecision(msgspec.Struct, array_like=True, frozen=True):
    ids: KeptIds
    """Each once: the decision's, the session's, the last event's and those of the evidence."""
    id_codes: bytes
    has_last_event: bool
    decided_at: datetime
    context: PackedContext
    slate: PackedSlate
    base_policy: str
    policy_version: str
    generation_id: GenerationId | None
    evidence: PackedEvidence
    seed: int | None
    """None where it follows from the decision's id."""
    draws: tuple[Draw, ...]
    tuning: Tuning
    rules_version: int
    exposures: tuple[Exposure, ...]
    shadows: tuple[Shadow, ...]
    products: PackedProducts
    """Of the actions, in ascending order."""
    scores: PackedScores
    erased_version: int
    asked: Asked | None = None
    by_pieces: bool = False


def write_decision(ledger: LedgerWriter, decision: Decision) -> PackedDecision:
    """Raise `ValueError` or `LookupError` for a decision that does not fit."""
    if decision.decided_at.tzinfo is not UTC:
        raise ValueError("The moment is in another zone.")
    last = () if decision.last_event_id is None else (decision.last_event_id,)
    events = [piece.event_id for piece in decision.evidence]
    ids = (decision.decision_id, decision.session_id, *last, *events)
    codes, different = codes_of(ids)
    kept_ids = ledger.ids(different)
    products = product_ids_of(decision.actions)
    places = dict(zip(products, range(len(products)), strict=True))
    ordered = order_products(ledger, products)
    evidence = _write_evidence(decision.evidence, places)
    slate = write_slate(ledger, decision.slate, decision.draws, ordered.places)
    given = _givens(ledger, evidence, decision.tuning, decision)
    context = decision.context
    affinities = tuple([(each.category_id, each.strength) for each in context.affinities])
    return PackedDecision(
        ids=kept_ids,
        id_codes=bytes(codes),
        has_last_event=bool(last),
        decided_at=decision.decided_at,
        context=PackedContext(
            context.season, context.daypart, context.device, context.region, affinities,
            context.interaction_count,
            tuple([(each.category_id, each.strength) for each in context.tastes]),
        ),
        slate=slate,
        base_policy=decision.base_policy,
        policy_version=decision.policy_version,
        generation_id=decision.generation_id,
        evidence=evidence,
        seed=None if decision.seed == seed_of(decision.decision_id) else decision.seed,
        draws=decision.draws,
        tuning=decision.tuning,
        rules_version=decision.rules_version,
        exposures=decision.exposures,
        shadows=decision.shadows,
        products=ordered.packed,
        scores=write_scores(ledger, decision, given, ordered.order),
        erased_version=decision.erased_version,
        asked=decision.asked,
        by_pieces=decision.by_pieces,
    )  # fmt: skip


def read_decision(ledger: LedgerReader, packed: PackedDecision) -> Decision:
    """Raise `ValueError` for what `write_decision` did not write."""
    ids, known = ledger.ids(packed.ids), packed.context
    propensities = read_propensities(ledger, packed.slate, packed.draws)
    given = _givens(ledger, packed.evidence, packed.tuning)
    ascending = read_products(ledger, packed.products)
    scores = read_scores(ledger, packed.scores, given, ascending)
    actions = scores.actions
    products = product_ids_of(actions)
    decision_id, session_id, *others = [ids[code] for code in packed.id_codes]
    last = EventId(others.pop(0)) if packed.has_last_event else None
    return Decision(
        decision_id=DecisionId(decision_id),
        session_id=SessionId(session_id),
        decided_at=packed.decided_at,
        context=Context(
            season=known.season,
            daypart=known.daypart,
            device=known.device,
            region=known.region,
            affinities=tuple([CategoryAffinity(*each) for each in known.affinities]),
            interaction_count=known.interaction_count,
            tastes=tuple([CategoryAffinity(*each) for each in known.tastes]),
        ),
        # Reads as a tuple does.
        actions=cast("tuple[Action, ...]", actions),
        slate=read_slate(packed.slate, packed.draws, propensities, ascending),
        base_policy=packed.base_policy,
        policy_version=packed.policy_version,
        generation_id=packed.generation_id,
        evidence=_read_evidence(packed.evidence, others, products),
        frame=scores.frame,
        evidence_amount=given.evidence_amount,
        live_weight=given.live_weight,
        categories=scores.categories,
        category_frame=scores.category_frame,
        seed=seed_of(DecisionId(decision_id)) if packed.seed is None else packed.seed,
        draws=packed.draws,
        tuning=packed.tuning,
        last_event_id=last,
        rules_version=packed.rules_version,
        exposures=packed.exposures,
        shadows=packed.shadows,
        erased_version=packed.erased_version,
        asked=packed.asked,
        by_pieces=packed.by_pieces,
    )


def read_shown(
    ledger: LedgerReader, packed: PackedDecision, user_id: UserId | None
) -> ShownDecision:
    """Return what was shown, without working out any score."""
    ids = ledger.ids(packed.ids)
    propensities = read_propensities(ledger, packed.slate, packed.draws)
    ascending = read_products(ledger, packed.products)
    slate = read_slate(packed.slate, packed.draws, propensities, ascending)
    shape = packed.scores.shape(len(ascending), len(packed.evidence.subjects))
    strengths = read_strengths(ledger, packed.scores, shape, packed.slate.products)
    shown = [slot.product_id for slot in slate]
    decision_id, session_id, *others = [ids[code] for code in packed.id_codes]
    return ShownDecision(
        decision_id=DecisionId(decision_id),
        session_id=SessionId(session_id),
        user_id=user_id,
        slate=slate,
        exposures=packed.exposures,
        priors=packed.scores.priors,
        strengths=dict(zip(shown, strengths, strict=True)),
        last_event_id=EventId(others[0]) if packed.has_last_event else None,
    )


def _givens(
    ledger: RecordLedger, evidence: PackedEvidence, tuning: Tuning, decision: Decision | None = None
) -> ScoreGivens:
    """Return what scores are made of; amount and weight of the evidence nearly follow from it."""
    kinds = [evidence.kinds[code] for code in evidence.kind_codes]
    dwell, hover = EventType.DWELL, EventType.HOVER
    amounts = [
        freshness * (reward if kind is dwell or kind is hover else 1.0)
        for kind, reward, freshness, _, _ in kinds
    ]
    known = None if decision is None else [decision.evidence_amount]
    amount = ledger.few([sum_in_order(amounts)], known)[0]
    half = amount + tuning.evidence_halfway
    known = None if decision is None else [decision.live_weight]
    return ScoreGivens(
        rewards=[reward * freshness for _, reward, freshness, _, _ in kinds],
        ages=evidence.ages or range(len(kinds)),
        evidence_amount=amount,
        live_weight=ledger.few([amount / half if half else 0.0], known)[0],
        tuning=tuning,
    )


def _write_evidence(
    evidence: Sequence[Evidence], places: Mapping[ProductId, int]
) -> PackedEvidence:
    kinds = list(map(_KIND, evidence))
    # By their text: members of an enum are hashed slowly.
    texts = list(map(_MSGPACK.encode, kinds))
    codes, _ = codes_of(texts)
    subjects = [piece.subject for piece in evidence]
    find: Callable[[str, str], int | str] = places.get  # type: ignore[assignment]
    ages = tuple([piece.age for piece in evidence])
    return PackedEvidence(
        subjects=tuple(map(find, subjects, subjects)),
        labels=without_ids([piece.label for piece in evidence], subjects),
        ages=() if ages == tuple(range(len(ages))) else ages,
        kinds=tuple(dict(zip(texts, kinds, strict=True)).values()),
        kind_codes=bytes(codes),
    )


def _read_evidence(
    packed: PackedEvidence, events: Sequence[str], products: Sequence[ProductId]
) -> tuple[Evidence, ...]:
    subjects = [
        products[subject] if isinstance(subject, int) else subject for subject in packed.subjects
    ]
    labels = with_ids(packed.labels, subjects)
    ages = packed.ages or range(len(subjects))
    columns = zip(events, subjects, labels, ages, packed.kind_codes, strict=True)
    return tuple(
        [
            Evidence(
                event_id=EventId(event),
                type=packed.kinds[code][0],
                subject=subject,
                label=label,
                reward=packed.kinds[code][1],
                age=age,
                freshness=packed.kinds[code][2],
                category_id=packed.kinds[code][3],
                category_name=packed.kinds[code][4],
            )
            for event, subject, label, age, code in columns
        ]
    )
