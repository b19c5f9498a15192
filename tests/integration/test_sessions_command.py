"""Sessions erased by the command line, from the dry run to a decision that asks them no longer."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from personalization.domain.access.shop import SHOP
from personalization.domain.event import Event
from personalization.domain.identifiers import EventId, ProductId
from personalization.domain.session import Session
from personalization.sessions.counting import take
from personalization.settings.storage import StorageSettings
from personalization.signing.ring_file import RingFile
from personalization.signing.rotation import ROTATE
from personalization.wiring import CoreSettings, Ranking, open_kept, open_ranking
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import (
    PAST_IDS,
    a_small_shop,
    begin_erasures,
    promote_with_index,
)
from tests.integration.command_line import run_over

STRANGER = "00000000-0000-4000-8000-0000000000ff"
WHY = ("--author", "ann")


@pytest.fixture
def settings(tmp_path: Path) -> CoreSettings:
    """Return the settings of a home folder, whose shop has a session index."""
    promote_with_index(a_small_shop(tmp_path))
    settings = CoreSettings(storage=StorageSettings(home=tmp_path))
    with open_kept(settings) as kept:
        begin_erasures(kept.plans)
    return settings


@pytest.fixture
def ranking(settings: CoreSettings) -> Iterator[Ranking]:
    """Return what a scorer decides by, begun before anything was erased."""
    with open_kept(settings) as kept:
        yield open_ranking(kept, settings)


def erase(settings: CoreSettings, *arguments: str, expect: int = 0) -> dict[str, object]:
    printed = run_over(settings, "sessions", "erase", *arguments, "--json", *WHY, expect=expect)
    receipt: dict[str, object] = msgspec.json.decode(printed)
    return receipt


def neighbours(ranking: Ranking) -> float:
    """Return what neighbours say in all of a visitor who looks at a shirt and a skirt."""
    session = Session.start(an_event())
    for number, product in enumerate(("shirt-1", "skirt-1")):
        event: Event = an_event(
            event_id=EventId(f"event-{number}"), product_ids=(ProductId(product),)
        )
        session, _ = take(session, event, ranking.catalogue.products(event.product_ids))
    decision = ranking.decider.decide(session, NOON)
    return {term.name: term.total for term in decision.frame.priors}.get("neighbours", 0.0)


def test_an_erased_session_is_nobodys_neighbour_in_a_running_process(
    settings: CoreSettings, ranking: Ranking, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = neighbours(ranking)
    names = [name.upper() for name in PAST_IDS[:2]]
    # A second of theirs, by the clock that says when to look again.
    now = 1e6
    monkeypatch.setattr("personalization.domain.clock.time.monotonic", lambda: now)
    assert neighbours(ranking) == before
    dry = run_over(settings, "sessions", "erase", names[0], "--dry-run", *WHY)
    assert "would be erased" in dry
    assert "Nothing is written" in dry
    erase(settings, *names)
    now += 0.4
    assert neighbours(ranking) == before
    now += 0.2
    assert before > neighbours(ranking) == 0


def test_each_session_gets_a_verdict_and_erasing_again_changes_nothing(
    settings: CoreSettings,
) -> None:
    receipt = erase(settings, PAST_IDS[3], STRANGER, expect=1)
    assert receipt == {
        "sessions": [
            {
                "session_id": PAST_IDS[3],
                "verdict": "erased",
                "generation_ids": ["generation-with-index"],
            },
            {"session_id": STRANGER, "verdict": "unknown", "generation_ids": []},
        ],
        "version": 1,
        "unsearched": [],
    }
    printed = run_over(settings, "sessions", "erase", PAST_IDS[3], *WHY)
    assert "List of erased sessions, version 1" in printed
    assert "erased before" in printed
    with open_kept(settings) as kept:
        (entry,) = kept.audit.newest(SHOP, 10)
    assert (entry.author, entry.action) == ("ann", "sessions.erase")
    assert entry.note == "2 sessions, version 1"
    assert PAST_IDS[3] not in repr(entry)


def test_odd_ids_and_more_than_a_thousand_are_refused_and_none_is_erased(
    settings: CoreSettings,
) -> None:
    for odd in ("session-1", "", "0" * 36, f"{PAST_IDS[1]} "):
        run_over(settings, "sessions", "erase", PAST_IDS[0], odd, expect=2)
    names = [f"00000000-0000-4000-8000-{number:012x}" for number in range(1_001)]
    run_over(settings, "sessions", "erase", *names, expect=2)
    assert erase(settings, PAST_IDS[0], "--dry-run")["version"] == 0


def test_help_says_what_it_does(settings: CoreSettings) -> None:
    assert "nobody's neighbours" in run_over(settings, "sessions", "erase", "--help")


def test_a_key_rotates_by_name_unless_the_setting_gives_the_keys(
    settings: CoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = settings.storage.home
    old = RingFile(home, NOON).current().keys[0]
    printed = run_over(settings, "sessions", "rotate-key", *WHY)
    new, former = RingFile(home, NOON).current().keys
    assert former == old
    assert new.key_id in printed
    assert old.key_id in printed
    with open_kept(settings) as kept:
        (entry,) = kept.audit.newest(SHOP, 10)
    assert (entry.author, entry.action, entry.subject) == ("ann", ROTATE, new.key_id)
    monkeypatch.setenv("FITTING_ROOM_API_SECRET", "a secret")
    run_over(settings, "sessions", "rotate-key", expect=2)
    assert len(RingFile(home, NOON).current().keys) == 2
