"""Who is exposed, who is watched for how long, and what a stop does to both."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import DecisionId, EventId, ProductId, SessionId
from personalization.experiments.experiment import Experiment, StoppedArm, Unit
from personalization.experiments.measurement import ExposingDecision, Measurement
from personalization.experiments.metric import Metric
from personalization.experiments.seen_slate import Position
from tests.builders.event import an_event
from tests.builders.experiment import an_arm, an_experiment
from tests.builders.moments import NOON

PRODUCT = ProductId("p0")
POSITIONS = {PRODUCT: Position(1, 1.0)}
EXPERIMENT = an_experiment(window_seconds=60.0)


def of_arm(experiment: Experiment, arm: str) -> Iterator[SessionId]:
    """Yield sessions that the hash puts into an arm."""
    names = (SessionId(f"session-{number}") for number in count())
    return (session_id for session_id in names if experiment.assign(session_id).name == arm)


def an_impression(session: SessionId, at: datetime) -> Event:
    return an_event(
        event_id=EventId(f"seen-{session}-{at}"),
        session_id=session,
        type=EventType.IMPRESSION,
        product_ids=(PRODUCT,),
        decision_id=DecisionId(f"decision-{session}"),
        occurred_at=at,
    )


def a_click(session: SessionId, at: datetime) -> Event:
    return an_event(
        event_id=EventId(f"clicked-{session}-{at}"),
        session_id=session,
        product_ids=(PRODUCT,),
        decision_id=DecisionId(f"decision-{session}"),
        occurred_at=at,
    )


def expose(measured: Measurement, session: SessionId, at: datetime, arm: str) -> None:
    decision = ExposingDecision(session, session, arm, POSITIONS)
    measured.take(an_impression(session, at), decision, {})


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_unit_counts_once_its_window_has_passed_and_with_what_lies_in_it() -> None:
    measured = Measurement(EXPERIMENT)
    session = next(of_arm(EXPERIMENT, "control"))
    expose(measured, session, NOON, "control")
    measured.take(a_click(session, after(59)), None, {})
    measured.settle(after(59))
    assert (measured.sums["control"].units, measured.waiting) == (0, 1)

    measured.take(a_click(session, after(61)), None, {})

    found = measured.sums["control"].of(Metric.CTR)
    assert (found.groups, found.numerator, found.denominator) == (1, 1, 1)
    assert measured.waiting == 0
    # It is settled: what comes later changes nothing.
    expose(measured, session, after(70), "control")
    measured.finish(after(1_000))
    assert measured.sums["control"].units == 1
    assert measured.exposed_units("control") == 1


def test_a_decision_that_nobody_saw_exposes_nobody() -> None:
    measured = Measurement(EXPERIMENT)
    measured.take(a_click(next(of_arm(EXPERIMENT, "control")), NOON), None, {})
    measured.finish(after(1_000))

    assert measured.exposed_units("control") == 0


def test_an_impression_by_another_session_exposes_nobody() -> None:
    measured = Measurement(EXPERIMENT)
    sessions = of_arm(EXPERIMENT, "control")
    ours, theirs = next(sessions), next(sessions)
    decision = ExposingDecision(ours, ours, "control", POSITIONS)
    measured.take(an_impression(theirs, NOON), decision, {})

    assert measured.exposed_units("control") == 0


def test_a_stopped_arm_keeps_the_sums_of_its_stop_and_its_controls_of_the_same_moment() -> None:
    stop = StoppedArm(arm="uniform", at=after(100), reason="it loses")
    experiment = EXPERIMENT.with_stopped(stop)
    controls, losers = of_arm(experiment, "control"), of_arm(experiment, "uniform")
    measured = Measurement(experiment)
    expose(measured, next(controls), NOON, "control")
    expose(measured, next(losers), after(1), "uniform")
    # Their windows end after the stop: the loser's does not count, the control's only later.
    expose(measured, next(losers), after(50), "uniform")
    expose(measured, next(controls), after(50), "control")
    measured.finish(after(1_000))

    at_stop = measured.at_stop["uniform"]
    assert (at_stop["uniform"].units, at_stop["control"].units) == (1, 1)
    assert (measured.sums["uniform"].units, measured.sums["control"].units) == (1, 2)


def test_units_that_fell_to_the_control_are_counted_apart() -> None:
    stop = StoppedArm(arm="uniform", at=after(100), reason="it loses")
    experiment = EXPERIMENT.with_stopped(stop)
    losers = of_arm(experiment, "uniform")
    measured = Measurement(experiment)
    # One scorer has not heard of the stop yet.
    expose(measured, next(losers), after(101), "uniform")
    expose(measured, next(losers), after(102), "control")
    expose(measured, next(losers), after(103), "control")
    measured.finish(after(1_000))

    assert measured.fallen == {"uniform": 2}
    assert measured.misplaced == 0
    assert measured.exposed_units("uniform") == measured.exposed_units("control") == 0
    assert measured.sums["control"].units == 0


def test_who_comes_later_in_a_session_stays_watched_when_who_came_first_is_settled() -> None:
    experiment = replace(EXPERIMENT, unit=Unit.USER)
    first, later = "ann", "bob"
    session = SessionId("session-1")
    measured = Measurement(experiment)
    for user, seconds in ((first, 0), (later, 30)):
        arm = experiment.assign(user).name
        decision = ExposingDecision(session, user, arm, POSITIONS)
        measured.take(an_impression(session, after(seconds)), decision, {})
    bought = replace(a_click(session, after(70)), type=EventType.CHECKOUT)

    measured.take(bought, None, {PRODUCT: 5_000_000})
    measured.finish(after(1_000))

    sums = measured.sums[experiment.assign(later).name].of(Metric.ORDER_VALUE)
    assert (sums.groups, sums.value) == (1, 5.0)


def test_a_treatment_that_the_hash_does_not_explain_is_told() -> None:
    measured = Measurement(EXPERIMENT)
    expose(measured, next(of_arm(EXPERIMENT, "uniform")), NOON, "control")

    assert measured.misplaced == 1


def test_after_its_end_an_experiment_takes_nobody() -> None:
    experiment = EXPERIMENT.with_end(after(100))
    controls = of_arm(experiment, "control")
    measured = Measurement(experiment)
    for second in (0, 50, 101):
        expose(measured, next(controls), after(second), "control")
    measured.finish(after(1_000))

    # The second one's window was cut by the end.
    assert measured.sums["control"].units == 1
    assert measured.exposed_units("control") == 2


def test_phases_have_the_shares_of_the_arms_that_ran() -> None:
    arms = (an_arm("control", 0.5), an_arm("left", 0.3), an_arm("right", 0.2))
    stop = StoppedArm(arm="left", at=after(100), reason="it loses")
    experiment = an_experiment(arms=arms, window_seconds=60.0).with_stopped(stop)
    measured = Measurement(experiment)
    for arm in ("control", "left", "right"):
        expose(measured, next(of_arm(experiment, arm)), NOON, arm)
    controls = of_arm(experiment, "control")
    next(controls)
    expose(measured, next(controls), after(200), "control")

    first, second = measured.phases()
    assert (list(first.counts), list(first.shares)) == ([1, 1, 1], [0.5, 0.3, 0.2])
    assert list(second.counts) == [1, 0]
    assert [round(share, 3) for share in second.shares] == [0.714, 0.286]
