"""Whoever was erased since a backup was made is erased again from what it brings back."""

import json
from pathlib import Path

import pytest

from nightly.erasures import erase_rest
from personalization.domain.identifiers import (
    DecisionId,
    EventId,
    GenerationId,
    SessionId,
    ShopUserId,
    UserId,
)
from personalization.domain.lists.list_columns import ListColumns
from personalization.domain.prior import PriorTable
from personalization.erasure.erasure_request import ErasureState, RequestBook
from personalization.erasure.restored import ASKED_BY
from personalization.neighbours.erasures import session_digest
from personalization.ports.learned_rounds import PositionOutcome, SlateOutcomes
from personalization.ports.stores import KeptStores
from personalization.priors.session_eraser import keyed_erasures
from personalization.settings.redis import RedisSettings
from personalization.settings.storage import StorageSettings
from personalization.vault.privacy_file import PRIVACY_FILE
from personalization.wiring import CoreSettings, open_kept
from tests.builders.event import an_event
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.builders.ranked_list import a_ranked_list
from tests.integration.command_line import run_over

ANN, BOB = ShopUserId("ann@shop.example"), ShopUserId("bob@shop.example")
OF_ANN = SessionId("6f1d3f0e-6f0e-4d5c-9b3a-0d8a3c0f5a11")
OF_BOB = SessionId("6f1d3f0e-6f0e-4d5c-9b3a-0d8a3c0f5a12")
NIGHTS = (GenerationId("night-1"), GenerationId("night-2"))


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> CoreSettings:
    return CoreSettings(
        storage=StorageSettings(home=tmp_path / "home"), redis=RedisSettings(url=redis_url)
    )


@pytest.fixture
def new(settings: CoreSettings, tmp_path: Path) -> CoreSettings:
    """Return the settings of the home that a backup becomes, with nothing but the keys."""
    home = tmp_path / "restored"
    return CoreSettings(storage=StorageSettings(home=home), redis=settings.redis)


def fill(kept: KeptStores) -> tuple[UserId, UserId]:
    """Keep a visit of each, tastes of both in two generations; return their pseudonyms."""
    names = kept.pseudonyms.of_many([ANN, BOB], keep=True)
    ann, bob = names[ANN], names[BOB]
    kept.history.append(
        [
            an_event(event_id=EventId(visit), session_id=visit, user_id=user, attested=True)
            for visit, user in ((OF_ANN, ann), (OF_BOB, bob))
        ]
    )
    for name in NIGHTS:
        lists = {str(user): a_ranked_list("category:coats") for user in (ann, bob)}
        kept.priors.write_whole(name, [ListColumns.of(PriorTable.USER_TASTES, lists)])
        kept.priors.register(a_generation(generation_id=name))
    kept.priors.promote(NIGHTS[-1])
    return ann, bob


def restore(settings: CoreSettings, new: CoreSettings, file: Path) -> str:
    new.storage.home.mkdir()
    key = (settings.storage.home / PRIVACY_FILE).read_bytes()
    (new.storage.home / PRIVACY_FILE).write_bytes(key)
    home = str(new.storage.home)
    return run_over(new, "backup", "restore", str(file), "--home", home)


def places_with(settings: CoreSettings, *markers: str) -> set[str]:
    """Return the places where the scan finds somebody."""
    named = (*markers, "--home", str(settings.storage.home), "--json")

    printed = run_over(settings, "privacy", "scan", *named)
    return {place["name"] for place in json.loads(printed) if place["found"]}


def test_neither_visits_nor_tastes_of_a_person_come_back(
    settings: CoreSettings,
    new: CoreSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home, file = str(settings.storage.home), tmp_path / "backup"
    with open_kept(settings) as kept:
        ann, bob = fill(kept)
    run_over(settings, "backup", "create", str(file), "--home", home)
    run_over(settings, "privacy", "erase", "--user", ANN, "--home", home)
    monkeypatch.setenv("FITTING_ROOM_HOME", home)
    assert erase_rest() == 0
    assert not places_with(settings, OF_ANN, "--user", ann)
    ledger = settings.storage.home / "erased_sessions.jsonl"
    assert not any(name in ledger.read_text() for name in (ann, ANN, OF_ANN))

    monkeypatch.setenv("FITTING_ROOM_ERASED_FILE", str(ledger))
    restore(settings, new, file)

    assert not places_with(new, OF_ANN, "--user", ann)
    with open_kept(new) as kept:
        tastes = [(PriorTable.USER_TASTES, str(user)) for user in (ann, bob)]
        for name in NIGHTS:
            assert set(kept.priors.read_many(name, tastes)) == {tastes[1]}
        assert kept.history.has_session(OF_BOB)
        assert kept.pseudonyms.shop_ids([ann, bob]) == {bob: BOB}


def test_a_person_without_any_visit_in_the_backup_loses_their_tastes(
    settings: CoreSettings,
    new: CoreSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home, file = str(settings.storage.home), tmp_path / "backup"
    with open_kept(settings) as kept:
        ann, _ = fill(kept)
        kept.history.erase([OF_ANN])
        kept.people.forget([ann])
    run_over(settings, "backup", "create", str(file), "--home", home)
    run_over(settings, "privacy", "erase", "--user", ANN, "--home", home)
    ledger = settings.storage.home / "erased_sessions.jsonl"
    monkeypatch.setenv("FITTING_ROOM_ERASED_FILE", str(ledger))
    restore(settings, new, file)
    assert not places_with(new, "--user", ann)


def test_a_visit_of_who_stays_takes_their_tastes_along(
    settings: CoreSettings, new: CoreSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, file = str(settings.storage.home), tmp_path / "backup"
    with open_kept(settings) as kept:
        ann, bob = fill(kept)
    run_over(settings, "backup", "create", str(file), "--home", home)
    run_over(settings, "privacy", "erase", OF_ANN, "--home", home)
    ledger = settings.storage.home / "erased_sessions.jsonl"
    monkeypatch.setenv("FITTING_ROOM_ERASED_FILE", str(ledger))
    restore(settings, new, file)
    with open_kept(new) as kept:
        assert [set(kept.priors.users(name)) for name in NIGHTS] == [{bob}, {bob}]
        assert kept.pseudonyms.shop_ids([ann]) == {ann: ANN}


def test_what_waits_for_a_night_is_said_and_stays_open(
    settings: CoreSettings,
    new: CoreSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    home, file = str(settings.storage.home), tmp_path / "backup"
    with open_kept(settings) as kept:
        fill(kept)
        digest = session_digest(keyed_erasures(kept.plans).key, OF_ANN)
        outcomes = (PositionOutcome(0, 1.0), PositionOutcome(1, 0.0))
        closed_ms = int(NOON.timestamp() * 1000)
        learned = SlateOutcomes(0, DecisionId("decision-1"), digest, closed_ms, outcomes)
        kept.rounds.append([learned], closed_ms * 1000)
    run_over(settings, "backup", "create", str(file), "--home", home)
    run_over(settings, "privacy", "erase", "--user", ANN, "--home", home)
    ledger = settings.storage.home / "erased_sessions.jsonl"
    monkeypatch.setenv("FITTING_ROOM_ERASED_FILE", str(ledger))
    restore(settings, new, file)

    assert "1 erasures wait for the next night" in caplog.text
    with open_kept(new) as kept:
        book = RequestBook(kept.plans)
        (name,) = book.open_ids()
        request = book.read(name)
    assert (request.asked_by, request.state) == (ASKED_BY, ErasureState.LIVE_DONE)
    assert "`model unlearn`" in request.waits_for
    assert "priors" in {store.store for store in request.stores if store.removed}
