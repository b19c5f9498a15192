"""A model that was trained without erased sessions is one that never saw them, to the byte."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest

from personalization.adapters.sqlite.audit_log import SqliteAuditLog
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.domain.access.shop import SHOP
from personalization.domain.errors import RefusedSnapshotError, SupersededError, UnknownNameError
from personalization.domain.event import Event, EventType
from personalization.domain.models.learned_model import LearnedModel
from personalization.learning.rollback import roll_back
from personalization.learning.unlearning import REFUSED, UNLEARNED
from personalization.learning.waiting_erasures import (
    snapshots_before_unlearning,
    waiting_erasures,
)
from personalization.learning_wiring import open_learner
from personalization.neighbours.erasures import ERASURE_LIST, session_digest
from personalization.ports.model_store import STATE_PART
from personalization.ports.plan_store import ERASURES
from tests.builders.learning.kept_rounds import KEY
from tests.builders.moments import NOON
from tests.builders.plan_store import a_plan_store
from tests.integration.realtime.test_learner import (
    EVERY_LEARNER,
    SESSIONS,
    LoadModels,
    Traffic,
    a_run,
    traffic,
)
from tests.integration.realtime.unlearning_runs import (
    ASKED,
    QUICK_LEARNER,
    QUICK_RULES,
    a_learner_half_way,
    an_unlearning,
    bytes_of,
    erasure_list,
    kept_of,
    learn_all,
    names_of,
    slates_of,
    state_of,
    unlearn,
    with_changes,
    without,
)

__all__ = ["traffic"]


@pytest.mark.parametrize(
    ("seed", "load_models"), [(0, EVERY_LEARNER), (1, QUICK_LEARNER), (2, QUICK_LEARNER)]
)
def test_the_erased_are_left_out_to_the_byte(
    traffic: Traffic, tmp_path: Path, seed: int, load_models: LoadModels
) -> None:
    gone = names_of(random.Random(seed).sample(range(SESSIONS), 1 + 4 * seed))
    never = with_changes(traffic, "without.sqlite", without(gone))
    learn_all(never, tmp_path / "never", load_models)
    learn_all(traffic, tmp_path / "models", load_models)
    assert bytes_of(tmp_path / "models") != bytes_of(tmp_path / "never")

    report = unlearn(traffic, tmp_path / "models", gone)

    assert bytes_of(tmp_path / "models") == bytes_of(tmp_path / "never")
    assert len(report.sha256) == len(load_models({}).names)
    assert (report.sessions, report.missing, report.lost) == (len(gone), 0, 0)
    assert report.counts.erased >= len(gone)
    assert seed or report.counts.corrections
    learned = state_of(tmp_path / "never")
    assert (learned.rounds, learned.corrections) == (
        report.counts.rounds,
        report.counts.corrections,
    )
    assert state_of(tmp_path / "models").rounds == learned.rounds


def test_with_nobody_to_forget_the_models_stay_what_they_are(
    traffic: Traffic, tmp_path: Path
) -> None:
    learn_all(traffic, tmp_path, EVERY_LEARNER)
    before, slates = bytes_of(tmp_path), slates_of(tmp_path)

    report = unlearn(traffic, tmp_path)

    assert report.same
    assert bytes_of(tmp_path) == before
    assert report.counts.total == state_of(tmp_path).own_training.next
    assert slates_of(tmp_path) == slates
    assert report.comparison.largest_difference == 0


def test_kept_rounds_are_the_models_wherever_a_learner_was_killed(
    traffic: Traffic, tmp_path: Path
) -> None:
    learn_all(traffic, tmp_path / "whole")
    chance, killed = random.Random(5), tmp_path / "killed"
    for _ in range(12):
        run = a_run(traffic, killed, 60, QUICK_LEARNER)
        for _ in range(chance.randrange(2, 16)):
            run.step(chance.randrange(1, 24))
            if run.learner.offsets and chance.random() < 0.3:
                run.learner.checkpoint()
            elif chance.random() < 0.3:
                run.learner._keeper.write_all()  # noqa: SLF001 (killed before the snapshot)
    learn_all(traffic, killed)

    assert slates_of(killed) == slates_of(tmp_path / "whole")
    assert unlearn(traffic, killed).same


def test_nothing_of_what_an_erased_session_did_is_left(traffic: Traffic, tmp_path: Path) -> None:
    gone = names_of([3, 8])

    def buy(event: Event) -> Event:
        liked = event.session_id in gone and event.type is EventType.PRODUCT_VIEW
        return replace(event, type=EventType.ADD_TO_CART) if liked else event

    other = with_changes(traffic, "bought.sqlite", buy)
    for which, name in ((traffic, "viewed"), (other, "bought")):
        learn_all(which, tmp_path / name)
    assert bytes_of(tmp_path / "viewed") != bytes_of(tmp_path / "bought")

    for which, name in ((traffic, "viewed"), (other, "bought")):
        unlearn(which, tmp_path / name, gone)

    assert bytes_of(tmp_path / "viewed") == bytes_of(tmp_path / "bought")


def test_a_running_learner_is_caught_up_with_and_starts_again_from_the_result(
    traffic: Traffic, tmp_path: Path
) -> None:
    gone, models = names_of(range(0, SESSIONS, 4)), tmp_path / "models"
    never = with_changes(traffic, "without.sqlite", without(gone))
    learn_all(never, tmp_path / "never", rules=QUICK_RULES)
    run = a_learner_half_way(traffic, models)
    saved: list[str] = []

    def learn_on(_: int) -> None:
        """Save behind the back of who trains, until everything is learned."""
        if len(saved) < 4 and run.step(5):
            saved.append(run.learner.checkpoint())

    report = an_unlearning(traffic, models, gone).run(ASKED, learn_on)

    assert saved
    assert report.replaced == saved[-1]
    with pytest.raises(SupersededError):
        run.learner.checkpoint()
    learn_all(traffic, models, rules=QUICK_RULES)
    # What the erased did since then was learned like anybody's, and waits for the next night.
    unlearn(traffic, models, gone)
    assert bytes_of(models) == bytes_of(tmp_path / "never")
    assert not {session_digest(KEY, name) for name in gone} & {
        slate.session for slate in slates_of(models)
    }


def test_a_rollback_meanwhile_makes_it_begin_again(traffic: Traffic, tmp_path: Path) -> None:
    store = SnapshotFolder(tmp_path, kept=50)
    run = a_learner_half_way(traffic, tmp_path)
    early, learned = store.current() or "", run.learner.rounds
    run.to_the_end().checkpoint()
    rolled: list[str] = []

    def go_back(_: int) -> None:
        if not rolled:
            rolled.append(roll_back(store, early, models_only=True))

    gone = names_of([1])
    report = an_unlearning(traffic, tmp_path, gone).run(ASKED, go_back)

    assert report.replaced == rolled[0]
    assert report.counts.total == state_of(tmp_path).own_training.next
    assert report.counts.rounds <= learned < run.learner.rounds


def test_what_waited_of_the_erased_is_not_learned_after_it(
    traffic: Traffic, tmp_path: Path
) -> None:
    run = a_run(traffic, tmp_path, 60, QUICK_LEARNER)
    while not run.learner._book.open:  # noqa: SLF001
        run.step(5)
    run.learner.checkpoint()
    waiting = {seen.session_id for seen in state_of(tmp_path).open.values()}
    assert waiting

    unlearn(traffic, tmp_path, waiting)

    assert not state_of(tmp_path).open
    assert state_of(tmp_path).offsets


def test_rounds_older_than_those_that_are_kept_are_lost_and_said(
    traffic: Traffic, tmp_path: Path
) -> None:
    learn_all(traffic, tmp_path)
    slates = slates_of(tmp_path)
    middle = slates[len(slates) // 2]
    kept_of(tmp_path).prune(datetime.fromtimestamp(middle.closed_at_ms / 1000, UTC))
    first = kept_of(tmp_path).pruned_until()
    assert 0 < first < state_of(tmp_path).own_training.next

    report = unlearn(traffic, tmp_path)

    assert (report.first_round, report.lost, report.same) == (first, first, False)
    training = state_of(tmp_path).own_training
    assert set(training.first_rounds.values()) == {training.kept_from} == {first}
    learn_all(traffic, tmp_path)
    again = unlearn(traffic, tmp_path)
    assert (again.lost, again.missing, again.same) == (0, 0, True)


def test_a_home_of_a_former_release_says_what_was_learned_before_rounds_were_kept(
    traffic: Traffic, tmp_path: Path
) -> None:
    run = a_learner_half_way(traffic, tmp_path)
    store = SnapshotFolder(tmp_path)
    version = store.current() or ""
    parts = dict(store.load(version))
    state = msgspec.json.decode(parts[STATE_PART], type=dict[str, msgspec.Raw])
    del state["training"]
    store.save({**parts, STATE_PART: msgspec.json.encode(state)}, version)
    kept_of(tmp_path).discard_from(0, 2**60)
    before = run.learner.rounds + run.learner.corrections
    learn_all(traffic, tmp_path, rules=QUICK_RULES)
    assert state_of(tmp_path).own_training.kept_from == before
    plans = a_plan_store(tmp_path)
    plans.write(ERASURES, ERASURE_LIST.encode(erasure_list(names_of([99]))), 0)
    waiting = waiting_erasures(SnapshotFolder(tmp_path), kept_of(tmp_path), plans)
    assert (waiting.older, waiting.unlearned_version, waiting.any) == (True, 0, True)

    report = unlearn(traffic, tmp_path, names_of([99]))

    assert (report.first_round, report.lost, report.missing) == (before, before, 0)
    waiting = waiting_erasures(SnapshotFolder(tmp_path), kept_of(tmp_path), plans)
    assert (waiting.older, waiting.unlearned_version, waiting.any) == (False, 1, False)


def test_a_model_that_began_later_begins_there_again(traffic: Traffic, tmp_path: Path) -> None:
    a_learner_half_way(traffic, tmp_path, partial(open_learner, frozenset({LearnedModel.BASE})))
    learn_all(traffic, tmp_path, QUICK_LEARNER, QUICK_RULES)

    assert len(set(state_of(tmp_path).own_training.first_rounds.values())) > 1
    assert unlearn(traffic, tmp_path).same


def test_rounds_whose_decisions_are_gone_are_counted(traffic: Traffic, tmp_path: Path) -> None:
    learn_all(traffic, tmp_path)
    removed = traffic.decisions.prune(NOON + timedelta(seconds=SESSIONS // 2))
    assert removed

    report = unlearn(traffic, tmp_path)

    assert report.counts.gone > 0
    assert report.counts.total == state_of(tmp_path).own_training.next


def test_rounds_that_are_missing_are_said(traffic: Traffic, tmp_path: Path) -> None:
    learn_all(traffic, tmp_path)
    taken = kept_of(tmp_path).forget(
        {session_digest(KEY, name) for name in names_of([2])}, 10**9, 0
    )

    assert unlearn(traffic, tmp_path).missing == taken > 0


def test_snapshots_with_the_erased_are_deleted_but_for_pinned_ones(
    traffic: Traffic, tmp_path: Path
) -> None:
    run = a_run(traffic, tmp_path, 60, QUICK_LEARNER)
    versions = []
    while run.step(60):
        versions.append(run.learner.checkpoint())
    pinned = versions[1]
    unlearning = an_unlearning(traffic, tmp_path, names_of([4]), pinned=[pinned])

    report = unlearning.run(ASKED)

    kept = [snapshot.version for snapshot in SnapshotFolder(tmp_path).versions()]
    assert kept == [pinned, report.made]
    assert report.pinned == (pinned,)
    assert set(report.discarded) == set(versions) - {pinned}
    assert snapshots_before_unlearning(SnapshotFolder(tmp_path)) == (pinned,)
    entries = SqliteAuditLog(tmp_path / "audit.sqlite", 0).newest(SHOP, 10)
    assert [entry.action for entry in entries] == [UNLEARNED]
    assert unlearning.discard_leftovers() == ()
    assert an_unlearning(traffic, tmp_path).discard_leftovers() == (pinned,)
    assert [snapshot.version for snapshot in SnapshotFolder(tmp_path).versions()] == [report.made]


def test_who_comes_back_with_an_older_snapshot_waits_again(
    traffic: Traffic, tmp_path: Path
) -> None:
    learn_all(traffic, tmp_path)
    store, plans, gone = SnapshotFolder(tmp_path), a_plan_store(tmp_path), names_of([4])
    plans.write(ERASURES, ERASURE_LIST.encode(erasure_list(gone)), 0)
    older = store.current() or ""
    made = an_unlearning(traffic, tmp_path, gone, pinned=[older]).run(ASKED)
    assert not waiting_erasures(store, kept_of(tmp_path), plans).any

    roll_back(store, older, models_only=False)

    waiting = waiting_erasures(store, kept_of(tmp_path), plans)
    assert (waiting.any, waiting.unlearned_version) == (True, 0)
    again = an_unlearning(traffic, tmp_path, gone).run(ASKED)
    assert (again.sha256, again.missing) == (made.sha256, 0)
    assert not waiting_erasures(store, kept_of(tmp_path), plans).any


def test_a_model_that_is_worse_is_refused_and_the_erasure_waits(
    traffic: Traffic, tmp_path: Path
) -> None:
    learn_all(traffic, tmp_path)
    before, slates = SnapshotFolder(tmp_path).current(), slates_of(tmp_path)
    plans, gone = a_plan_store(tmp_path), names_of([4])
    plans.write(ERASURES, ERASURE_LIST.encode(erasure_list(gone)), 0)
    strict = an_unlearning(traffic, tmp_path, gone, worse_allowed=-1.0)

    with pytest.raises(RefusedSnapshotError, match=r"still waits.*--accept"):
        strict.run(ASKED)

    assert strict.run(replace(ASKED, dry=True)).fault is not None
    assert (SnapshotFolder(tmp_path).current(), slates_of(tmp_path)) == (before, slates)
    assert waiting_erasures(SnapshotFolder(tmp_path), kept_of(tmp_path), plans).any
    entries = SqliteAuditLog(tmp_path / "audit.sqlite", 0).newest(SHOP, 10)
    assert [entry.action for entry in entries] == [REFUSED]
    assert strict.run(replace(ASKED, accept=True)).made is not None
    waiting = waiting_erasures(SnapshotFolder(tmp_path), kept_of(tmp_path), plans)
    assert (waiting.any, waiting.unlearned_version, waiting.rounds) == (False, 1, 0)


def test_before_the_first_snapshot_there_is_nothing_to_unlearn(
    traffic: Traffic, tmp_path: Path
) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(UnknownNameError, match="nothing was learned"):
        unlearn(traffic, tmp_path / "none")
