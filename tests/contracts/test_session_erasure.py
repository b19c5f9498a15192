"""Two scorers side by side over one store: each with its own index whole, both with one list."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event as Flag

import numpy as np
import pytest

from personalization.audit.recording import Auditor
from personalization.domain.identifiers import GenerationId, SessionId, decision_id_of
from personalization.domain.prior import SESSION_INDEX
from personalization.erasure.former_indexes import FormerIndexes
from personalization.erasure.store_eraser import Erased, ErasedPeople
from personalization.neighbours import index_bytes
from personalization.neighbours.erasures import (
    current_erasures,
    digest_number,
    empty_sessions,
    read_erasures,
    session_digest,
    without_erased,
)
from personalization.neighbours.index_bytes import (
    chunks_of,
    decode_index,
    encode_index,
    join_chunks,
)
from personalization.neighbours.past_session import PastSession
from personalization.neighbours.scores import neighbour_scores
from personalization.neighbours.session_index import SessionIndex, build_index
from personalization.ports.audit_log import AuditLog
from personalization.ports.event_history import EventHistory
from personalization.ports.learned_rounds import LearnedRounds, PositionOutcome, SlateOutcomes
from personalization.ports.plan_store import ERASURES, PlanStore
from personalization.ports.prior_store import PriorStore
from personalization.ports.waiting_events import WaitingEventStore
from personalization.priors import active_priors
from personalization.priors.active_priors import ActivePriors
from personalization.priors.session_eraser import (
    KEPT_VERSIONS,
    ErasureVerdict,
    SessionEraser,
    drop_spent_erasures,
    keyed_erasures,
)
from tests.builders.event import an_event
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import a_waiting_event

FIRST, SECOND = GenerationId("generation-1"), GenerationId("generation-2")
NEVER = 1e9
GONE = SessionId("session-297")
"""Among the newest of both nights, and like who is asking."""
GONE_AT = -3


def past(key: str, first: int) -> list[PastSession]:
    """Return the sessions that a night read, oldest first."""
    random = np.random.default_rng(first)
    return [
        PastSession(
            number,
            ("p1", "p2", "p3")
            if number == 300 + GONE_AT
            else tuple(f"p{item}" for item in random.integers(0, 12, 5)),
            digest=digest_number(session_digest(key, SessionId(f"session-{number}"))),
        )
        for number in range(first, 300)
    ]


def publish(store: PriorStore, generation_id: GenerationId, index: SessionIndex) -> None:
    store.write_index(generation_id, chunks_of(encode_index(index)))
    rows = {SESSION_INDEX: index.session_count}
    store.register(a_generation(generation_id=generation_id, rows_by_table=rows))
    store.promote(generation_id)


def answers(index: SessionIndex) -> Mapping[str, float]:
    numbers, scores = neighbour_scores(index, ("p1", "p2"))
    return {index.products[n]: score for n, score in zip(numbers, scores, strict=True)}


def index_of(priors: ActivePriors) -> SessionIndex:
    index = priors.pin().session_index()
    assert index is not None
    return index


@pytest.fixture(autouse=True)
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an index have some pieces, and a scorer look for another one only when it is told to."""
    monkeypatch.setattr(index_bytes, "CHUNK_BYTES", 1_000)
    monkeypatch.setattr(active_priors, "REFRESH_SECONDS", NEVER)


@pytest.fixture
def eraser(
    event_history: EventHistory,
    prior_store: PriorStore,
    plan_store: PlanStore,
    waiting_events: WaitingEventStore,
    audit_log: AuditLog,
) -> SessionEraser:
    clock = SettableClock()
    auditor = Auditor(audit_log, clock)
    return SessionEraser(event_history, prior_store, plan_store, clock, waiting_events, auditor)


def test_scorers_of_two_generations_read_their_own_index_whole_and_one_list(
    prior_store: PriorStore, plan_store: PlanStore, eraser: SessionEraser
) -> None:
    key = keyed_erasures(plan_store).key
    nights = past(key, 0), past(key, 100)
    first, second = (build_index(night) for night in nights)
    publish(prior_store, FIRST, first)
    former, promoted = Flag(), Flag()
    slow = ActivePriors(prior_store, current_erasures(plan_store, 0))

    def decide() -> list[Mapping[str, float]]:
        made = []
        while not promoted.is_set():
            made.append(answers(index_of(slow)))
            former.set()
        return made

    with ThreadPoolExecutor(1) as pool:
        deciding = pool.submit(decide)
        assert former.wait(30)
        publish(prior_store, SECOND, second)
        quick = ActivePriors(prior_store, current_erasures(plan_store, 0))
        newer = index_of(quick)
        promoted.set()
        made = deciding.result(30)

    assert encode_index(newer) == encode_index(second)
    assert encode_index(index_of(slow)) == encode_index(first)
    assert made == [answers(first)] * len(made)
    assert answers(first) != answers(second) == answers(newer)

    [erased] = eraser.erase([GONE], "ann").sessions
    assert set(erased.generation_ids) == {FIRST, SECOND}
    for scorer, night, index in ((slow, nights[0], first), (quick, nights[1], second)):
        without = build_index(night[:GONE_AT] + night[GONE_AT + 1 :])
        expected = answers(replace(without, rarity=index.rarity))
        assert answers(index_of(scorer)) == expected != answers(index)
    # What was pinned stays as it was, and what is promoted comes with the list.
    assert answers(newer) == answers(second)
    slow.refresh()
    assert answers(index_of(slow)) == answers(index_of(quick))
    assert index_of(slow).erased_version == 1


def test_a_night_takes_the_erased_out_of_the_indexes_of_former_generations(
    prior_store: PriorStore, plan_store: PlanStore, eraser: SessionEraser
) -> None:
    key = keyed_erasures(plan_store).key
    first, active = build_index(past(key, 0)), build_index(past(key, 100))
    publish(prior_store, FIRST, first)
    publish(prior_store, SECOND, active)
    other = SessionId("session-250")
    eraser.erase([GONE, other], "ann")

    former = FormerIndexes(prior_store, plan_store)
    assert former.erase(ErasedPeople((GONE, SessionId("nobody's")))) == Erased(1)
    assert former.erase(ErasedPeople((GONE, other))) == Erased(2), "one look for all requests"
    assert FormerIndexes(prior_store, plan_store).erase(ErasedPeople((GONE,))) == Erased(0)

    kept = decode_index(join_chunks(prior_store.read_index(FIRST)))
    gone = [session_digest(key, name) for name in (GONE, other)]
    assert encode_index(kept) == encode_index(empty_sessions(first, gone))
    whole = decode_index(join_chunks(prior_store.read_index(SECOND)))
    assert encode_index(whole) == encode_index(active)
    prior_store.promote(FIRST)
    masked = without_erased(first, read_erasures(plan_store))
    rolled_back = ActivePriors(prior_store, current_erasures(plan_store, 0))
    assert answers(index_of(rolled_back)) == answers(masked) != answers(first)


def test_each_session_gets_its_verdict_and_erasing_again_changes_nothing(
    prior_store: PriorStore,
    plan_store: PlanStore,
    event_history: EventHistory,
    eraser: SessionEraser,
) -> None:
    key = keyed_erasures(plan_store).key
    publish(prior_store, FIRST, build_index(past(key, 290)))
    today, nobody = SessionId("of today"), SessionId("nobody's")
    event_history.append([an_event(session_id=today)])
    names = [GONE, today, nobody, GONE]

    dry = eraser.erase(names, "ann", dry=True)
    assert dry.version == 0
    told = eraser.erase(names, "ann")

    assert [(of.session_id, of.verdict, of.generation_ids) for of in told.sessions] == [
        (GONE, ErasureVerdict.ERASED, (FIRST,)),
        (today, ErasureVerdict.ERASED, ()),
        (nobody, ErasureVerdict.UNKNOWN, ()),
    ]
    assert (dry.sessions, told.version, told.unsearched) == (told.sessions, 1, ())
    written = plan_store.read(ERASURES)
    assert written is not None
    [erasure] = read_erasures(plan_store).erasures
    assert (written.author, erasure.author, erasure.erased_at) == ("ann", "ann", NOON)
    again = eraser.erase(names, "bob")
    assert {of.verdict for of in again.sessions} == {ErasureVerdict.ERASED_BEFORE}
    assert plan_store.read(ERASURES) == written


def test_an_index_of_a_former_release_is_named(
    prior_store: PriorStore, eraser: SessionEraser
) -> None:
    former = build_index(session._replace(digest=0) for session in past("", 290))
    publish(prior_store, FIRST, former)
    # A shop of one-view visits has an index of nobody, in which there is nothing to find.
    publish(prior_store, SECOND, build_index([]))
    assert eraser.erase([GONE], "ann").unsearched == (FIRST,)


def test_of_the_list_the_newest_versions_stay(plan_store: PlanStore, eraser: SessionEraser) -> None:
    for number in range(KEPT_VERSIONS + 5):
        eraser.erase([SessionId(f"session-{number}")], "ann")
    versions = list(plan_store.versions(ERASURES))
    assert versions == list(range(KEPT_VERSIONS + 5, 5, -1))


def test_a_session_leaves_the_list_when_no_night_no_index_and_no_kept_round_has_it(
    prior_store: PriorStore,
    plan_store: PlanStore,
    event_history: EventHistory,
    learned_rounds: LearnedRounds,
    eraser: SessionEraser,
) -> None:
    key = keyed_erasures(plan_store).key
    sessions = past(key, 290)
    publish(prior_store, FIRST, build_index(sessions))
    event_history.append([an_event()])
    lately, long_ago = SessionId("of lately"), SessionId("of long ago")
    eraser.erase([lately], "ann")
    before = replace(eraser, clock=SettableClock(NOON - timedelta(days=10)))
    before.erase([GONE, long_ago], "ann")

    def names_on_list() -> set[str]:
        drop_spent_erasures(plan_store, prior_store, event_history, learned_rounds)
        return set(read_erasures(plan_store).sessions())

    # Of lately the history has a day, and the index has the one that is gone.
    assert names_on_list() == {session_digest(key, lately), session_digest(key, GONE)}
    publish(prior_store, SECOND, build_index(sessions[:GONE_AT]))
    prior_store.discard(FIRST)
    its_digest, moment_ms = session_digest(key, GONE), int(NOON.timestamp() * 1000)
    learned = SlateOutcomes(
        number=0,
        decision_id=decision_id_of(NOON, "of the one that is gone"),
        session=its_digest,
        closed_at_ms=moment_ms,
        outcomes=(PositionOutcome(0, 1.0),),
    )
    learned_rounds.append([learned], time.time_ns() // 1_000)
    assert names_on_list() == {session_digest(key, lately), its_digest}
    learned_rounds.forget([its_digest], until=1, version=1)
    assert names_on_list() == {session_digest(key, lately)}
    assert read_erasures(plan_store).version == 2


def test_events_of_an_erased_session_wait_no_longer(
    eraser: SessionEraser, waiting_events: WaitingEventStore
) -> None:
    gone, stays = a_waiting_event(session_id=GONE), a_waiting_event(session_id="session-1")
    waiting_events.write([gone, stays])
    eraser.erase([GONE], "ann", dry=True)
    assert len(waiting_events.places()) == 2
    eraser.erase([GONE], "ann")
    assert waiting_events.places() == [stays.place]
