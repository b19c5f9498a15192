"""What an erased visit added to the tastes of a person who stays, in the generations of nights."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from nightly.erasures import erase_rest
from nightly.night import NightOptions
from personalization.domain.identifiers import EventId, GenerationId, SessionId, ShopUserId, UserId
from personalization.erasure.erasure_request import RequestBook
from personalization.erasure.taste_files import generations_in
from personalization.priors.warehouse import BEGUN_AT, NightlyPlan
from personalization.settings.redis import RedisSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept
from tests.builders.event import an_event
from tests.integration.command_line import run_over
from tests.nightly.hand_made_night import finish, make_night

VISITS = tuple(SessionId(f"6f1d3f0e-6f0e-4d5c-9b3a-0d8a3c0f5a1{number}") for number in range(3))
EVERYTHING = NightOptions(promote=True, accept_smaller=True)


@pytest.fixture
def settings(home: Path, redis_url: str) -> CoreSettings:
    return CoreSettings(storage=StorageSettings(home=home), redis=RedisSettings(url=redis_url))


@pytest.fixture
def people(settings: CoreSettings) -> tuple[UserId, UserId]:
    """Return Ann with two visits and Bob with one."""
    with open_kept(settings) as kept:
        names = kept.pseudonyms.of_many([ShopUserId("ann"), ShopUserId("bob")], keep=True)
        ann, bob = names[ShopUserId("ann")], names[ShopUserId("bob")]
        kept.history.append(
            [
                an_event(
                    event_id=EventId(visit), session_id=visit, user_id=user, product_ids=("a",)
                )
                for visit, user in zip(VISITS, (ann, ann, bob), strict=True)
            ]
        )
    return ann, bob


def night(settings: CoreSettings, formulas: Path, people: Sequence[UserId]) -> NightlyPlan:
    plan = make_night(settings.storage.home, formulas, EVERYTHING, people=people)
    assert finish(plan)
    return plan


def erase_visit(settings: CoreSettings) -> None:
    home = str(settings.storage.home)
    run_over(settings, "privacy", "erase", VISITS[0], "--home", home)


def people_of(settings: CoreSettings, generation: GenerationId) -> set[UserId]:
    with open_kept(settings) as kept:
        return set(kept.priors.users(generation))


def in_warehouse(settings: CoreSettings, user: UserId) -> set[str]:
    """Return the generations whose files name somebody."""
    folder = settings.storage.warehouse / "generations"
    files = folder.glob("*/tables/table=user_tastes/*.parquet")
    found = [file for file in files if user.encode() in file.read_bytes()]
    return {file.relative_to(folder).parts[0] for file in found}


def test_tastes_with_an_erased_visit_go_and_those_made_without_it_stay(
    settings: CoreSettings, formulas: Path, people: tuple[UserId, UserId]
) -> None:
    ann, bob = people
    before = night(settings, formulas, people).generation_id
    erase_visit(settings)
    assert people_of(settings, before) == {ann, bob}

    after = night(settings, formulas, people).generation_id

    assert before != after
    assert people_of(settings, before) == {bob}
    assert people_of(settings, after) == {ann, bob}
    assert in_warehouse(settings, ann) == {after}
    assert in_warehouse(settings, bob) == {before, after}
    with open_kept(settings) as kept:
        book = RequestBook(kept.plans)
        assert book.open_ids() == ()
        (request,) = [book.read(name) for name in receipts(kept.plans.names("erasure."))]
    assert request.visitors == ()
    removed = {store.store: store.removed for store in request.stores}
    assert (removed["priors"], removed["warehouse"]) == (1, 1)


def receipts(names: Sequence[str]) -> list[str]:
    return [name.removeprefix("erasure.") for name in names]


def test_a_night_that_counted_the_visit_loses_the_tastes_though_it_is_the_active_one(
    settings: CoreSettings, formulas: Path, people: tuple[UserId, UserId]
) -> None:
    ann, bob = people
    # It was begun before the erasure, and is promoted after it.
    plan = make_night(settings.storage.home, formulas, EVERYTHING, people=people)
    erase_visit(settings)
    assert finish(plan)

    assert people_of(settings, plan.generation_id) == {bob}
    with open_kept(settings) as kept:
        # Its copy of the history still has the visit: the next one makes another.
        (name,) = RequestBook(kept.plans).open_ids()
        assert RequestBook(kept.plans).read(name).visitors == (ann,)
    after = night(settings, formulas, people).generation_id
    assert people_of(settings, after) == {ann, bob}
    assert in_warehouse(settings, ann) == {after}
    assert erase_rest() == 0


def test_a_generation_says_when_it_was_begun(
    settings: CoreSettings, formulas: Path, people: tuple[UserId, UserId]
) -> None:
    made = night(settings, formulas, people)
    (generation,) = generations_in(settings.storage.warehouse / "generations")
    assert generation.generation_id == made.generation_id
    assert generation.parameters[BEGUN_AT] <= generation.created_at.isoformat()
