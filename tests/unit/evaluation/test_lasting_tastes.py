"""Knowing a person helps where tastes last, and costs nothing where none does.

A short form of what docs/returning-shoppers.md measures with the nightly jobs: here tastes and
popularity are counted in memory, while the shares, the ranking and the measure are the real ones.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.people.counted_tastes import ASKED_DAYS, CountedShop
from evaluation.bootstrap import Estimates
from evaluation.held_out import held_out_sessions
from evaluation.returning import (
    ANONYMOUS,
    KNOWN,
    ReturningShoppers,
    VisitSlice,
    measure_returning,
    user_of,
)
from evaluation.wiring import open_decider
from importers.generated.returning_people import LASTING, PASSING, ReturningPeoplePlan
from importers.held_out import HeldOutSessions
from importers.options import ImportOptions
from importers.rejection import RejectedRows
from importers.sink import ImportSink
from importers.wiring import import_stores
from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import PriorTable
from personalization.domain.tastes import TASTE_HALFLIFE_DAYS
from personalization.ranking.fitted_tastes import fit_shares
from personalization.ranking.tastes import share_name
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept
from tests.builders.generation import a_generation
from tests.builders.settable_clock import SettableClock
from tests.unit.importers.silent_progress import SilentProgress

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
PEOPLE = 500
ASKED_VISITS = 60
SEED = 7
_COUNTED = GenerationId("counted")


def make_shop(storage: StorageSettings, kind: str) -> None:
    """Import the shop, its last days held out."""
    plan = ReturningPeoplePlan(
        ImportOptions(storage=storage, format=kind, clock=SettableClock(NOW)), people=PEOPLE
    )
    boundary = plan.boundary(None, SilentProgress())
    with (
        import_stores(storage) as stores,
        HeldOutSessions(storage.held_out_file, boundary, stores.pseudonyms) as held_out,
        RejectedRows(storage.home / "rejected.jsonl") as rejected,
    ):
        sink = ImportSink(stores, held_out)
        plan.fill(sink, rejected, SilentProgress())
        sink.flush()
        held_out.write(stores.history)


def count_night(settings: CoreSettings) -> None:
    """Fit the shares on the last days of the history, and promote what was counted."""
    with open_kept(settings) as kept:
        shop = CountedShop.of(kept)
        last = shop.acts[-1].day
        cut, middle = last - timedelta(days=ASKED_DAYS), last - timedelta(days=ASKED_DAYS // 2)
        known = shop.tastes(cut, TASTE_HALFLIFE_DAYS)
        shares = fit_shares(
            shop.visits(known, cut, middle), shop.visits(known, middle, last), shop.before(cut)
        )
        kept.priors.write_many(_COUNTED, shop.lists(last, TASTE_HALFLIFE_DAYS))
        kept.priors.register(
            a_generation(
                generation_id=_COUNTED,
                rows_by_table={PriorTable.USER_TASTES.value: 1},
                parameters={share_name(term): str(share) for term, share in shares.items()},
            )
        )
        kept.priors.promote(_COUNTED)


def measure_shop(home: Path, kind: str) -> ReturningShoppers:
    settings = CoreSettings.of_home(home)
    make_shop(settings.storage, kind)
    count_night(settings)
    visits = [
        events for events in held_out_sessions(settings.storage.held_out_file) if user_of(events)
    ]
    with open_decider(settings) as resources:
        return measure_returning(
            resources.decider, resources.catalogue, visits[:ASKED_VISITS], SEED
        )


def gain_of(part: VisitSlice) -> Estimates:
    return part.resampled.differences(KNOWN, ANONYMOUS)


def test_where_tastes_last_a_known_person_is_served_better(tmp_path: Path) -> None:
    found = measure_shop(tmp_path, LASTING)

    assert found.visits == ASKED_VISITS
    assert sum(found.shares.values()) > 0.3
    assert gain_of(found.first_page)["hit_rate"].low > 0
    assert gain_of(found.first_page)["mean_reciprocal_rank"].low > 0
    assert gain_of(found.whole_visit)["hit_rate"].low > 0


def test_where_no_taste_lasts_none_has_a_share_and_nobody_is_served_worse(tmp_path: Path) -> None:
    found = measure_shop(tmp_path, PASSING)

    assert sum(found.shares.values()) < 0.1
    for part in (found.first_page, found.whole_visit):
        gain = gain_of(part)["hit_rate"]
        assert gain.low <= 0 <= gain.high
