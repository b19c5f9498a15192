"""Tastes of erased people: gone from every generation with one look, and counted by person."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from personalization.adapters.home_places import home_places
from personalization.adapters.sqlite.plan_store import SqlitePlanStore
from personalization.adapters.sqlite.prior_store import SqlitePriorStore
from personalization.domain.identifiers import GenerationId, SessionId, UserId
from personalization.domain.lists.list_columns import ListColumns
from personalization.domain.prior import PriorTable
from personalization.erasure.erasers import priors_eraser
from personalization.erasure.erasure_request import ErasureState, RequestBook, requests_of
from personalization.erasure.scan import StorePlace, markers_of, scan
from personalization.erasure.store_eraser import Erased, ErasedPeople
from personalization.priors.warehouse import BEGUN_AT
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.builders.plan_store import a_plan_store
from tests.builders.ranked_list import a_ranked_list

NIGHTS = [GenerationId(f"night-{number}") for number in range(3)]
ANN, BOB, EVE = UserId("u1-marker-ann"), UserId("u1-marker-bob"), UserId("u1-eve")
VISIT = SessionId("6f1d3f0e-6f0e-4d5c-9b3a-0d8a3c0f5a11")


@pytest.fixture
def priors(tmp_path: Path) -> Iterator[SqlitePriorStore]:
    """Return a store with three nights, the last of which is active; of the first EVE has none."""
    with closing(SqlitePriorStore(tmp_path / "priors.sqlite", 0)) as store:
        for number, name in enumerate(NIGHTS):
            users = [ANN, BOB, EVE][: 3 if number else 2]
            lists = {str(user): a_ranked_list("coats", "hats") for user in users}
            store.write_whole(name, [ListColumns.of(PriorTable.USER_TASTES, lists)])
            made_at = NOON + timedelta(days=number)
            store.register(a_generation(generation_id=name, created_at=made_at))
        store.promote(NIGHTS[-1])
        yield store


def ask(plans: SqlitePlanStore, user: UserId) -> None:
    """Let a night have a request of which the live part is done."""
    [request] = requests_of([], [user], "a test", NOON)
    book = RequestBook(plans)
    book.add(request)

    book.change(request.request_id, lambda known: replace(known, state=ErasureState.LIVE_DONE))


def test_tastes_are_gone_from_all_generations_and_the_scan_finds_nobody(
    tmp_path: Path, priors: SqlitePriorStore
) -> None:
    plans = a_plan_store(tmp_path / "plans")
    eraser = priors_eraser(priors, plans)

    def places_with_ann() -> dict[str, int]:
        places = (StorePlace(*place) for place in home_places(tmp_path))
        scanned = scan(places, [eraser], markers_of([], [ANN]))
        return {place.name: place.found for place in scanned if place.found}

    assert set(places_with_ann()) == {f"files/prior_lists/{name}.lists" for name in NIGHTS}
    assert eraser.erase(ErasedPeople((VISIT,), (ANN,))) == Erased(3)
    assert not places_with_ann()
    bob, eve = ((PriorTable.USER_TASTES, user) for user in (BOB, EVE))
    assert [len(priors.read_many(name, [bob, eve])) for name in NIGHTS] == [1, 2, 2]


def test_one_look_does_for_all_requests_of_a_night(
    tmp_path: Path, priors: SqlitePriorStore
) -> None:
    plans = a_plan_store(tmp_path / "plans")
    for user in (ANN, EVE):
        ask(plans, user)
    eraser = priors_eraser(priors, plans)
    files = sorted((tmp_path / "prior_lists").iterdir())
    assert eraser.erase(ErasedPeople((), (ANN,))).removed == 3
    written = [file.stat().st_ino for file in files]
    assert eraser.erase(ErasedPeople((), (EVE,))).removed == 2
    assert [file.stat().st_ino for file in files] == written
    assert eraser.erase(ErasedPeople((), (BOB,))).removed == 3, "who was asked for meanwhile"
    assert eraser.erase(ErasedPeople((VISIT,))).removed == 0


def test_of_who_stays_tastes_go_from_what_was_begun_before_the_visit_was_erased(
    tmp_path: Path, priors: SqlitePriorStore
) -> None:
    for name, begun_at in zip(NIGHTS[1:], (NOON, NOON + timedelta(hours=2)), strict=True):
        begun = {BEGUN_AT: begun_at.isoformat()}
        priors.register(a_generation(generation_id=name, parameters=begun))
    eraser = priors_eraser(priors, a_plan_store(tmp_path / "plans"))
    people = ErasedPeople((VISIT,), (EVE,), (ANN,), NOON + timedelta(hours=1))
    assert eraser.erase(people).removed == 4, "two of each"
    assert [set(priors.users(name)) for name in NIGHTS] == [{BOB}, {BOB}, {ANN, BOB}]
    # A visit that was erased later is in the third as well.
    later = ErasedPeople((VISIT,), (), (ANN,), NOON + timedelta(hours=3))
    priors_eraser(priors, a_plan_store(tmp_path / "others")).erase(later)
    assert set(priors.users(NIGHTS[-1])) == {BOB}
