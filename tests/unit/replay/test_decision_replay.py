"""A past decision is made again, bit for bit, from what is kept; what differs is named."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.wiring import policy_of
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.adapters.vowpal.policy import VowpalLearner
from personalization.decisions.decision_maker import DecisionMaker, RankingConfig
from personalization.decisions.decision_record import decode_record, encode_record
from personalization.domain.decision import Slot
from personalization.domain.event import Device, EventType
from personalization.domain.identifiers import (
    EventId,
    ProductId,
    Region,
)
from personalization.domain.models.learned_model import LearnedModel
from personalization.domain.reward import reward
from personalization.domain.session import Session
from personalization.domain.tuning import Tuning
from personalization.learning.rounds import learning_round
from personalization.learning_wiring import open_learner
from personalization.merchandising.current_rules import FixedRules
from personalization.neighbours.signal_weights import SignalWeights
from personalization.policies.placement import Placement
from personalization.policies.registry import POLICIES
from personalization.policies.spec import PolicySpec
from personalization.policies.thompson_linear import THOMPSON_LINEAR
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.model_store import STATE_PART
from personalization.priors.active_priors import ActivePriors
from personalization.profiles.builder import ProfileBuilder
from personalization.replay.decision_replay import (
    ReplayedFrom,
)
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import (
    GENERATION,
    PRIORS,
    SHIRTS,
    SmallShop,
    a_small_shop,
    promote_with_index,
    ranked_by,
)
from tests.unit.replay.past_shop import NEXT, RULES, SESSION, Past, visit


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    with closing(SqliteEventHistory(tmp_path / "history.sqlite", 0)) as history:
        yield Past(a_small_shop(tmp_path, epsilon=0.3), history)


@pytest.mark.parametrize("seed", range(6))
def test_every_decision_of_a_visit_is_made_again_bit_for_bit(past: Past, seed: int) -> None:
    records = past.live(visit(seed, 40), batch=1 + seed % 3)

    replayed = past.replay().replay_many(records)

    assert [result.differences for result in replayed] == [[]] * len(records)
    assert {result.made_from for result in replayed} == {ReplayedFrom.EVERYTHING}


def test_a_decision_under_rules_is_made_again_by_their_version(past: Past) -> None:
    decider = past.shop.decider.with_rules(FixedRules(RULES, 7))
    maker = ProfileBuilder(decider)
    ruled = Past(replace(past.shop, maker=maker), past.history)
    records = ruled.live(visit(3, 20))

    whole = ruled.replay().replay_many(records)
    without = ruled.replay().replay_many(
        [in_the_name_of("000009-gone", record) for record in records]
    )

    assert any(slot.pinned for record in records for slot in record.decision.slate)
    assert all(record.decision.draws[0].barred for record in records)
    assert [result.differences for result in (*whole, *without)] == [[]] * 40
    assert {result.made_from for result in whole} == {ReplayedFrom.EVERYTHING}


def test_a_session_that_had_lost_events_is_counted_without_them(past: Past) -> None:
    events = visit(3, 20)
    lost = [event for event in events[:10] if event.type.is_interaction and reward(event)][1:4]
    records = past.live([event for event in events if event not in lost])
    past.history.append(lost)

    replayed = past.replay().replay_many(records)

    assert [result.differences for result in replayed] == [[]] * len(records)
    assert {result.made_from for result in replayed} == {
        ReplayedFrom.EVERYTHING,
        ReplayedFrom.COUNTED_EVENTS,
    }
    assert replayed[-1].why == "The history has events that it had not counted."


@pytest.mark.parametrize("by_pieces", [True, False])
def test_pieces_are_taken_back_again_by_the_rule_of_the_decision(
    past: Past, *, by_pieces: bool
) -> None:
    kinds = (EventType.ADD_TO_CART, EventType.REMOVE_FROM_CART, EventType.PRODUCT_VIEW)
    quantities = ((3,), (1,), ())
    events = [
        replace(
            event,
            type=kind,
            product_ids=(ProductId(SHIRTS[0]),),
            category_id=None,
            quantities=pieces,
            occurred_at=event.received_at,
        )
        for event, kind, pieces in zip(visit(3, 3), kinds, quantities, strict=True)
    ]
    records = past.live(events, by_pieces=by_pieces)

    evidence = [piece.type for piece in records[-1].decision.evidence]
    assert (EventType.ADD_TO_CART in evidence) is by_pieces
    replayed = past.replay().replay_many(records)
    assert [result.differences for result in replayed] == [[]] * 3
    assert {result.made_from for result in replayed} == {ReplayedFrom.EVERYTHING}


def teach(shop: SmallShop, kind: str) -> str:
    """Return the snapshot of what a policy's models learned of one slate, seen many times."""
    event = visit(6, 1)[0]
    decision = shop.decider.decide(Session.start(event), event.received_at)
    rounds = [
        learning_round(decision, slot.product_id, float(slot.position % 2))
        for slot in decision.slate
    ]
    learner = open_learner(
        frozenset({LearnedModel.BASE, POLICIES[kind].model or LearnedModel.BASE}), {}
    )
    learner.learn(rounds * 20)
    return shop.models.save({**learner.dump(), STATE_PART: b'{"rounds": 60}'}, None)


@pytest.mark.parametrize("kind", POLICIES)
def test_every_policy_draws_again_what_it_drew(past: Past, kind: str) -> None:
    policy = policy_of(past.shop.models, teach(past.shop, kind))
    assert policy is not None
    placements = (
        Placement(size=3, policy=PolicySpec.of(kind)),
        Placement(name="aside", size=2, policy=PolicySpec.of(THOMPSON_LINEAR.name)),
    )
    tuning = Tuning(boost_rated=0.1, diversity=0.2, time_halflife_seconds=600)
    plan = RankingConfig(placements=placements, tuning=tuning)
    priors, catalogue = past.shop.active_priors, past.shop.catalogue
    maker = ProfileBuilder(DecisionMaker(priors, catalogue, policy, plan))
    tried = Past(replace(past.shop, maker=maker), past.history)
    records = tried.live(visit(5, 9))

    whole = tried.replay().replay_many(records)
    without = tried.replay().replay_many(
        [in_the_name_of("000009-gone", record) for record in records]
    )

    assert [result.differences for result in (*whole, *without)] == [[]] * 18
    assert {result.made_from for result in without} == {ReplayedFrom.LOGGED_POLICY}


def in_the_name_of(version: str, record: DecisionRecord) -> DecisionRecord:
    """Return the record as if another snapshot had decided."""
    draws = tuple(replace(draw, policy_version=version) for draw in record.decision.draws)
    return replace(
        record,
        decision=replace(record.decision, policy_version=version, draws=draws),
        profile=replace(record.profile, policy_version=version),
    )


def test_a_first_visit_is_made_again_without_any_event(past: Past) -> None:
    first = Session(
        session_id=SESSION, started_at=NOON, watermark=NOON, region=Region("cz"),
        device=Device.TABLET,
    )  # fmt: skip
    record = past.shop.maker.make(first, NOON)

    replayed = past.replay().replay(decode_record(encode_record(record)))

    assert (replayed.made_from, replayed.is_equal) == (ReplayedFrom.EVERYTHING, True)


def test_the_model_and_the_priors_are_those_of_then(past: Past) -> None:
    cold = past.live(visit(1, 8))
    learner = VowpalLearner(None)
    learner.learn([learning_round(cold[0].decision, cold[0].decision.slate[0].product_id, 1.0)] * 9)
    past.shop.models.save({"model.vw": learner.dump()}, None)
    policy_of_then = policy_of(past.shop.models, past.shop.models.current() or "")
    assert policy_of_then is not None
    priors = past.shop.priors
    priors.write_many(NEXT, {**PRIORS, next(iter(PRIORS)): ranked_by(skirt_3=1.0)}.items())
    priors.register(a_generation(generation_id=NEXT))
    priors.promote(NEXT)

    assert all(result.is_equal for result in past.replay().replay_many(cold))
    assert {record.decision.policy_version for record in cold} == {"cold"}


def test_without_its_snapshot_the_logged_probabilities_take_the_place_of_the_policy(
    past: Past,
) -> None:
    record = past.live(visit(2, 5))[-1]

    replayed = past.replay().replay(in_the_name_of("000007-gone", record))

    assert (replayed.made_from, replayed.is_equal) == (ReplayedFrom.LOGGED_POLICY, True)
    assert "000007-gone" in replayed.why


def test_without_its_generation_the_record_is_held_against_itself(past: Past) -> None:
    record = past.live(visit(2, 9))[-1]
    past.shop.priors.write_many(NEXT, PRIORS.items())
    past.shop.priors.register(a_generation(generation_id=NEXT))
    past.shop.priors.promote(NEXT)
    past.shop.priors.discard(GENERATION)

    replayed = past.replay().replay(record)

    assert (replayed.made_from, replayed.is_equal) == (ReplayedFrom.RECORD, True)
    assert "generation-1" in replayed.why


def test_a_record_that_contradicts_itself_is_found_out(past: Past) -> None:
    record = past.live(visit(2, 9))[-1]
    decision = record.decision
    best, *rest = decision.actions
    slot = replace(decision.slate[0], propensity=0.999)
    forged = replace(
        decision,
        actions=(best._replace(score=best.score + 1e-6), *rest),
        slate=(slot, *decision.slate[1:]),
        last_event_id=EventId("never kept"),
    )

    replayed = past.replay().replay(replace(record, decision=forged))

    assert replayed.made_from is ReplayedFrom.RECORD
    assert [difference.path for difference in replayed.differences] == [
        "decision.actions[0].score",
        "decision.slate[0]",
    ]


def test_what_differs_is_named_field_by_field(past: Past) -> None:
    record = past.live(visit(4, 12))[-1]
    slot = record.decision.slate[1]
    other = Slot(
        position=slot.position, product_id=slot.product_id,
        propensity=slot.propensity + 2**-52, explored=slot.explored,
    )  # fmt: skip
    changed = replace(
        record.decision, slate=(record.decision.slate[0], other, *record.decision.slate[2:])
    )
    scores = record.profile.score_data
    profile = replace(record.profile, score_data=replace(scores, products=scores.products[1:]))

    found = past.replay().replay(DecisionRecord(changed, profile)).differences

    assert found[0].path == "decision.slate[1].propensity"
    assert float(found[0].before) - float(found[0].after) == pytest.approx(2**-52)
    assert any(difference.path.startswith("profile.score_data.products[") for difference in found)


def test_pinned_priors_stay_whatever_is_promoted(past: Past) -> None:
    generation = past.shop.active_priors.generation()
    pinned = ActivePriors.of(past.shop.priors, generation)
    past.shop.priors.write_many(NEXT, PRIORS.items())
    past.shop.priors.register(a_generation(generation_id=NEXT))
    past.shop.priors.promote(NEXT)

    assert pinned.generation() == generation
    maker = ProfileBuilder(past.shop.decider)
    assert maker.make(Session.start(visit(1, 1)[0]), NOON).decision.generation_id == GENERATION


def test_decisions_by_a_session_index_are_made_again_bit_for_bit(past: Past) -> None:
    events = visit(5, 30)
    without = past.live(events[:10])
    promote_with_index(past.shop)
    by_index = past.live(events)
    terms = [term.name for record in by_index for term in record.decision.frame.priors]
    assert "neighbours" in terms
    promote_with_index(past.shop, SignalWeights({"neighbours": 9.0, "return": 0.5}), NEXT)

    for replayed in past.replay().replay_many([*without, *by_index]):
        assert replayed.made_from is ReplayedFrom.EVERYTHING
        assert replayed.is_equal, replayed.differences


def test_by_a_list_of_erased_sessions_that_is_lost_nothing_is_equal(past: Past) -> None:
    promote_with_index(past.shop)
    record = past.live(visit(5, 12))[-1]
    forged = replace(record, decision=replace(record.decision, erased_version=4))

    [difference] = past.replay().replay(forged).differences
    assert difference.path == "decision.erased_version"
