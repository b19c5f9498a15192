"""Decisions by an index from which visits were erased, before and after."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.domain.identifiers import (
    SessionId,
)
from personalization.erasure.former_indexes import FormerIndexes
from personalization.erasure.store_eraser import ErasedPeople
from personalization.neighbours.erasures import read_erasures
from personalization.replay.decision_replay import (
    ReplayedFrom,
)
from tests.builders.plan_store import a_plan_store
from tests.builders.shops.small_shop import (
    PAST_IDS,
    a_small_shop,
    begin_erasures,
    promote_with_index,
)
from tests.unit.replay.erasing import a_session_eraser
from tests.unit.replay.past_shop import NEXT, Past, visit


def test_decisions_before_and_after_erasures_are_made_again_bit_for_bit(tmp_path: Path) -> None:
    plans, made = a_plan_store(tmp_path), []
    begin_erasures(plans)
    with closing(SqliteEventHistory(tmp_path / "history.sqlite", 0)) as history:
        past = Past(a_small_shop(tmp_path, epsilon=0.3, plans=plans), history)
        promote_with_index(past.shop)
        eraser = a_session_eraser(tmp_path, history, past.shop.priors, plans)
        for number, gone in enumerate(("nobody", "a stranger", PAST_IDS[0], PAST_IDS[1])):
            if number:
                eraser.erase([SessionId(gone)], "a test")
            session = SessionId(f"session-{number}")
            events = [replace(event, session_id=session) for event in visit(number, 5)]
            made.append(past.live(events))
        past.erasures = read_erasures(plans)
        replayed = past.replay().replay_many([record for part in made for record in part])

    # The stranger was in no index.
    versions = [{record.decision.erased_version for record in part} for part in made]
    assert versions == [{0}, {0}, {2}, {3}]
    assert {result.made_from for result in replayed} == {ReplayedFrom.EVERYTHING}
    assert [result.differences for result in replayed] == [[]] * 20


def test_of_a_decision_whose_neighbours_were_erased_since_the_record_alone_says(
    tmp_path: Path,
) -> None:
    plans = a_plan_store(tmp_path)
    begin_erasures(plans)
    with closing(SqliteEventHistory(tmp_path / "history.sqlite", 0)) as history:
        past = Past(a_small_shop(tmp_path, epsilon=0.3, plans=plans), history)
        promote_with_index(past.shop)
        priors = past.shop.priors
        before = past.live(visit(1, 5))
        eraser = a_session_eraser(tmp_path, history, priors, plans)
        eraser.erase([SessionId(PAST_IDS[0])], "a test")
        later = [replace(event, session_id=SessionId("later")) for event in visit(2, 5)]
        after = past.live(later)
        promote_with_index(past.shop, generation_id=NEXT)
        former = FormerIndexes(priors, plans)
        assert former.erase(ErasedPeople((SessionId(PAST_IDS[0]),))).removed == 1
        past.erasures = read_erasures(plans)
        replayed = past.replay().replay_many([*before, *after])

    for result in replayed[: len(before)]:
        assert result.made_from is ReplayedFrom.RECORD
        assert "erased since" in result.why
    for result in replayed[len(before) :]:
        assert (result.made_from, result.differences) == (ReplayedFrom.EVERYTHING, [])
