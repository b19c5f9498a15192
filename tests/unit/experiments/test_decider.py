"""Sessions get what their arms say, shadows are computed and never shown."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from personalization.adapters.vowpal.policy import VowpalPolicy
from personalization.codec.json_codec import DECISION
from personalization.domain.decision import Decision, Exposure
from personalization.domain.errors import DamagedSnapshotError, StoreUnavailableError
from personalization.domain.identifiers import SessionId, UserId
from personalization.domain.session import Session
from personalization.experiments.decider import TRY_AGAIN, ExperimentDecider, PinnedPolicy
from personalization.experiments.experiment import (
    EXPERIMENT_BOOK,
    Experiment,
    ExperimentBook,
    StoppedArm,
    Unit,
)
from personalization.plans.current_plan import CurrentPlan
from personalization.ports.plan_store import EXPERIMENTS
from personalization.ports.value_models import ServedPolicy
from tests.builders.event import an_event
from tests.builders.experiment import an_arm, an_experiment
from tests.builders.moments import NOON
from tests.builders.plan_store import a_plan_store
from tests.builders.shops.small_shop import SmallShop, a_small_shop

ALL_CHANCE = {"home": "epsilon-greedy:epsilon=1"}
UNIFORM = an_experiment(arms=(an_arm(), an_arm("uniform", policies=ALL_CHANCE)))


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    """Return a shop whose slates do not explore."""
    return a_small_shop(tmp_path)


def a_decider(
    shop: SmallShop, folder: Path, *experiments: Experiment, pinned: PinnedPolicy | None = None
) -> ExperimentDecider:
    store = a_plan_store(folder)
    book = ExperimentBook(experiments=experiments)
    store.write(EXPERIMENTS, EXPERIMENT_BOOK.encode(book), after=0)
    plan = CurrentPlan(store, EXPERIMENTS, EXPERIMENT_BOOK.decode, ExperimentBook(), 1e9)
    return ExperimentDecider(shop.decider, plan, pinned or no_snapshot)


def no_snapshot(version: str) -> ServedPolicy:
    raise DamagedSnapshotError(f"Snapshot {version} is not there.")


def sessions(count: int = 60) -> Sequence[Session]:
    return [
        Session.start(an_event(session_id=SessionId(f"session-{number}")))
        for number in range(count)
    ]


def decisions_of(decider: ExperimentDecider) -> dict[str, Decision]:
    return {session.session_id: decider.decide(session, NOON) for session in sessions()}


def exposure(arm: str) -> tuple[Exposure, ...]:
    return (Exposure(experiment="experiment-1", arm=arm),)


def test_each_session_is_decided_by_its_arm_and_says_so(shop: SmallShop, tmp_path: Path) -> None:
    found = decisions_of(a_decider(shop, tmp_path, UNIFORM))

    arms = {name: UNIFORM.assign(name).name for name in found}
    assert set(arms.values()) == {"control", "uniform"}
    for name, decision in found.items():
        assert decision.exposures == exposure(arms[name])
        epsilon = 1.0 if arms[name] == "uniform" else 0.0
        assert [draw.epsilon for draw in decision.draws] == [epsilon]
        explored = any(slot.explored for slot in decision.slate)
        assert not (explored and arms[name] == "control")


def test_without_an_experiment_decisions_are_as_they_were(shop: SmallShop, tmp_path: Path) -> None:
    ended = UNIFORM.with_end(NOON)
    decider = a_decider(shop, tmp_path, ended)

    for session in sessions(5):
        assert decider.decide(session, NOON) == shop.decider.decide(session, NOON)


def test_units_of_a_stopped_arm_get_the_controls_decision(shop: SmallShop, tmp_path: Path) -> None:
    stopped = UNIFORM.with_stopped(StoppedArm(arm="uniform", at=NOON, reason="it loses"))

    found = decisions_of(a_decider(shop, tmp_path, stopped))

    assert {decision.exposures for decision in found.values()} == {exposure("control")}
    assert {decision.draws[0].epsilon for decision in found.values()} == {0.0}


def test_an_arm_may_turn_the_tuning(shop: SmallShop, tmp_path: Path) -> None:
    arms = (an_arm(), an_arm("slow", tuning={"decay": 0.5, "diversity": 0.3}))
    experiment = an_experiment(arms=arms)

    found = decisions_of(a_decider(shop, tmp_path, experiment))

    for name, decision in found.items():
        slow = experiment.assign(name).name == "slow"
        assert (decision.tuning.decay, decision.tuning.diversity) == (
            (0.5, 0.3) if slow else (0.9, 0.0)
        )


def test_an_arm_whose_snapshot_is_gone_is_left_out(shop: SmallShop, tmp_path: Path) -> None:
    arms = (an_arm(), an_arm("pinned", model_version="000001-abc"))
    experiment = an_experiment(arms=arms)

    for name, decision in decisions_of(a_decider(shop, tmp_path, experiment)).items():
        pinned = experiment.assign(name).name == "pinned"
        assert decision.exposures == (() if pinned else exposure("control"))


def test_a_decision_of_an_arm_that_turns_a_whole_number_can_be_read_again(
    shop: SmallShop, tmp_path: Path
) -> None:
    arm = an_arm("early", 1.0, tuning={"activation_evidence": 4.0, "decay": 1.0})
    decider = a_decider(shop, tmp_path, an_experiment(arms=(arm,), control="early"))
    (session, *_) = sessions()

    decision = decider.decide(session, NOON)

    assert DECISION.decode(DECISION.encode(decision)) == decision
    assert decision.tuning.activation_evidence == 4


def test_an_arm_for_a_placement_that_the_page_lacks_is_left_out(
    shop: SmallShop, tmp_path: Path
) -> None:
    arms = (an_arm(), an_arm("cellar", policies={"cellar": "epsilon-greedy"}))
    experiment = an_experiment(arms=arms)

    for name, decision in decisions_of(a_decider(shop, tmp_path, experiment)).items():
        left_out = experiment.assign(name).name == "cellar"
        assert decision.exposures == (() if left_out else exposure("control"))


def test_an_arm_whose_snapshot_could_not_be_read_is_tried_again(
    shop: SmallShop, tmp_path: Path
) -> None:
    away = [True]

    def of_store(version: str) -> ServedPolicy:
        if away[0]:
            raise StoreUnavailableError(version)
        return VowpalPolicy(shop.models)

    experiment = an_experiment(arms=(an_arm("control", 1.0, model_version="000001-abc"),))
    decider = a_decider(shop, tmp_path, experiment, pinned=of_store)
    (session, *_) = sessions()
    assert decider.decide(session, NOON).exposures == ()

    away[0] = False

    # The store is not asked by every decision meanwhile.
    assert decider.decide(session, NOON + TRY_AGAIN / 2).exposures == ()
    assert decider.decide(session, NOON + TRY_AGAIN).exposures == exposure("control")


def test_a_pinned_snapshot_is_loaded_once_whatever_it_meets(
    shop: SmallShop, tmp_path: Path
) -> None:
    loaded: list[str] = []

    def of_store(version: str) -> ServedPolicy:
        loaded.append(version)
        return VowpalPolicy(shop.models)

    pinning = an_experiment(arms=(an_arm("control", 1.0, model_version="000001-abc"),))
    turning = an_experiment(
        experiment_id="experiment-2",
        salt="other",
        arms=(an_arm(), an_arm("slow", tuning={"decay": 0.5})),
    )
    store = a_plan_store(tmp_path)
    plan = CurrentPlan(store, EXPERIMENTS, EXPERIMENT_BOOK.decode, ExperimentBook(), 0)
    decider = ExperimentDecider(shop.decider, plan, of_store)
    for version, book in enumerate((
        ExperimentBook(experiments=(pinning,)),
        ExperimentBook(experiments=(pinning, turning)),
    )):  # fmt: skip
        store.write(EXPERIMENTS, EXPERIMENT_BOOK.encode(book), version)
        assert {decision.tuning.decay for decision in decisions_of(decider).values()} >= {0.9}

    assert loaded == ["000001-abc"]


def test_a_user_keeps_the_arm_in_every_session_and_strangers_take_no_part(
    shop: SmallShop, tmp_path: Path
) -> None:
    experiment = an_experiment(arms=UNIFORM.arms, unit=Unit.USER)
    decider = a_decider(shop, tmp_path, experiment)
    known = [
        Session(
            session_id=SessionId(f"session-{number}"),
            started_at=NOON,
            watermark=NOON,
            user_id=UserId("ann"),
        )
        for number in range(20)
    ]

    assert {decider.decide(session, NOON).exposures for session in known} == {
        exposure(experiment.assign("ann").name)
    }
    assert {decider.decide(session, NOON).exposures for session in sessions(20)} == {()}


def test_a_shadow_is_computed_and_what_is_shown_stays_the_same(
    shop: SmallShop, tmp_path: Path
) -> None:
    experiment = an_experiment(
        arms=(an_arm("control", 1.0),), shadows={"home": (ALL_CHANCE["home"],)}
    )
    decider = a_decider(shop, tmp_path, experiment)
    (session, *_) = sessions()

    decision = decider.decide(session, NOON + timedelta(minutes=1))

    alone = shop.decider.decide(session, NOON + timedelta(minutes=1))
    assert decision.slate == alone.slate
    (shadow,) = decision.shadows
    assert shadow.policy == "epsilon-greedy:epsilon=1"
    # Each of the six products is as likely as another, and then each of the five that remain.
    assert shadow.probabilities == pytest.approx([1 / left for left in (6, 5, 4, 3, 2, 1)])
    assert sorted(shadow.product_ids) == sorted(slot.product_id for slot in alone.slate)
    assert shadow.product_ids != tuple(slot.product_id for slot in alone.slate)


def test_the_shadow_of_what_serves_has_its_propensities(shop: SmallShop, tmp_path: Path) -> None:
    experiment = an_experiment(
        arms=(an_arm("control", 1.0, policies={"home": "epsilon-greedy:epsilon=0.3"}),),
        shadows={"home": ("epsilon-greedy:epsilon=0.3",)},
    )
    decider = a_decider(shop, tmp_path, experiment)

    for session in sessions(10):
        decision = decider.decide(session, NOON)
        (shadow,) = decision.shadows
        assert shadow.product_ids == tuple(slot.product_id for slot in decision.slate)
        assert shadow.probabilities == pytest.approx([slot.propensity for slot in decision.slate])


def test_a_placement_that_the_page_lacks_casts_no_shadow(shop: SmallShop, tmp_path: Path) -> None:
    experiment = an_experiment(
        arms=(an_arm("control", 1.0),), shadows={"cellar": ("epsilon-greedy",)}
    )

    (session, *_) = sessions()
    assert a_decider(shop, tmp_path, experiment).decide(session, NOON).shadows == ()
