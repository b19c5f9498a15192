"""Random visits give and withdraw consent; no store, prior or model has a trace beyond it.

Each event acts on a product of its own, so that a trace tells whose it is. What an event may be
used for is worked out by an oracle that knows docs/api.md and none of the product's code.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import httpx
import pytest

from api.state import ApiServices
from cli.wiring import stores_places
from personalization.audit.recording import Auditor
from personalization.codec.json_codec import EVENT
from personalization.domain.clock import SystemClock
from personalization.domain.consent import ConsentPurpose
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import CategoryId, ProductId, SessionId
from personalization.domain.models.learned_model import parse_models
from personalization.domain.prior import GLOBAL_SCOPE, PriorTable
from personalization.domain.product import Category, Product
from personalization.erasure.open_worker import erasure_worker
from personalization.erasure.scan import markers_of, scan
from personalization.experiments.editor import ExperimentEditor
from personalization.experiments.experiment import Experiment
from personalization.experiments.past_experiments import PastExperiments
from personalization.learning_wiring import open_keeper, open_learner
from personalization.ports.event_history import EventHistory
from personalization.ports.event_log import EventLog, Record, TopicPartition
from personalization.ports.model_store import STATE_PART
from personalization.ports.stores import KeptStores
from personalization.settings.privacy import PrivacySettings
from personalization.settings.ranking import RankingSettings
from personalization.settings.redis import RedisSettings
from personalization.settings.storage import StorageSettings
from personalization.tracking.consents import read_statements
from personalization.tracking.waiting_events import WaitingEvents
from personalization.wiring import CoreSettings, open_kept
from realtime.learner import Checkpoints, Learner
from realtime.wiring import RoleResources
from tests.builders.experiment import an_experiment
from tests.builders.generation import a_generation
from tests.builders.product import a_product
from tests.builders.ranked_list import a_ranked_list
from tests.integration.api.sessions.consents.consent_night import run_night
from tests.integration.api.sessions.consents.consent_traces import (
    EVERY_KIND,
    PRODUCTS,
    TraceCheck,
    TraceStore,
    agreed_ids,
)
from tests.integration.api.sessions.consents.played_shop import PlayedShop
from tests.integration.api.sessions.consents.played_visits import PlayedVisit
from tests.integration.api.sessions.consents.random_visits import (
    ALL,
    LEARN,
    MEASURE,
    SLATE_PLACES,
    UNKNOWN,
    PlannedVisit,
    RandomVisits,
    markers_in,
)
from tests.integration.api.sessions.people import Roles, SharedDevice
from tests.waiting import eventually

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_LOG = logging.getLogger(__name__)
SEED = int(os.environ.get("FITTING_ROOM_TEST_CONSENT_SEED", "7"))
NIGHTS = int(os.environ.get("FITTING_ROOM_TEST_CONSENT_NIGHTS", "1"))
VISITS = int(os.environ.get("FITTING_ROOM_TEST_CONSENT_VISITS", "36"))
FEWEST_FOUND = 1
"""In each store: of fewer traces nothing could be concluded."""
SHOWN = [f"shown-{place}" for place in range(SLATE_PLACES + 2)]
left_open = pytest.mark.filterwarnings("ignore:.*unclosed <socket")
"""PySpark leaves the sockets of `collect` to the garbage collector."""
_LATER = timedelta(hours=3)


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> CoreSettings:
    """Return settings by which also one person's trace would be seen."""
    return CoreSettings(
        storage=StorageSettings(home=tmp_path / "home"),
        redis=RedisSettings(url=redis_url),
        privacy=PrivacySettings(smallest_count=1),
        ranking=RankingSettings(slate_size=SLATE_PLACES),
    )


@pytest.fixture
def experiment(kept_stores: KeptStores) -> Experiment:
    """Return an experiment that runs before anybody comes."""
    began = SystemClock().now() - timedelta(minutes=1)
    made = an_experiment(started_at=began, window_seconds=3600)
    ExperimentEditor(kept_stores.plans, Auditor(kept_stores.audit)).start(made, "merchant")
    return made


@pytest.fixture
def services(experiment: Experiment, empty_services: ApiServices) -> ApiServices:
    """Return the services of a shop with a slate of products that no random visit is about."""
    del experiment
    shown = [a_product(product_id=ProductId(name), title=name) for name in SHOWN]
    empty_services.catalogue.write_products(shown)
    generation = a_generation()
    lists = [((PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE), a_ranked_list(*SHOWN))]
    empty_services.priors.write_many(generation.generation_id, lists)
    empty_services.priors.register(generation)
    empty_services.priors.promote(generation.generation_id)
    return empty_services


@dataclass(frozen=True)
class LogAtTheEnd:
    """A log that is read when the windows of all impressions have passed."""

    at_ms: int

    def read_up_to_ms(self) -> int:
        return self.at_ms

    def first_offsets(self) -> Mapping[TopicPartition, int]:
        return {}

    def delayed_decisions(self) -> int:
        return 0

    def erased_version(self) -> int:
        return 0

    def is_erased(self, session_id: SessionId) -> bool:
        del session_id
        return False


def learn(base: RoleResources, records: Sequence[Record], kept: KeptStores) -> dict[str, bytes]:
    """Let the real learner have records, and return its models; `kept` takes what it writes."""
    learning = base.settings.learning
    at_ms = int((SystemClock().now() + _LATER).timestamp() * 1000)
    learner = Learner(
        base.kept.decisions,
        Checkpoints(kept.models, learning.snapshot_seconds, open_keeper(kept)),
        learning.outcome_rules,
        partial(open_learner, parse_models(learning.models)),
        LogAtTheEnd(at_ms),
    )
    learner.handle(records)
    learner.idle()
    parts = kept.models.load(learner.checkpoint())
    return {name: body for name, body in parts.items() if name != STATE_PART}


@dataclass(frozen=True)
class PartOfHistory:
    """A history as if only some events had ever happened."""

    whole: EventHistory
    is_part: Callable[[Event], bool]

    def days(self) -> dict[date, int]:
        return dict(self.whole.days())

    def read_day(self, day: date) -> Iterator[list[Event]]:
        for chunk in self.whole.read_day(day):
            yield [event for event in chunk if self.is_part(event)]


@pytest.fixture
def shop(
    base: RoleResources,
    services: ApiServices,
    client: httpx.Client,
    roles: Roles,
    log: EventLog,
) -> PlayedShop:
    """Return a shop that random visits have left, while some of their events still wait."""
    planned = RandomVisits(SEED).visits(VISITS)
    stock(services, planned)
    random, visits = Random(SEED), []
    for plan in planned:
        client.cookies.clear()
        visit = PlayedVisit(SharedDevice(client, services))
        visit.play(plan, roles, random)
        visits.append(visit)
    roles.work_off()
    return PlayedShop(base, services, visits, log, SystemClock().now() + _LATER)


def stock(services: ApiServices, planned: Sequence[PlannedVisit]) -> None:
    """Let the catalogue have all that visits are about but for the unknown products."""
    marked = markers_in(planned, PRODUCTS)
    categories = markers_in(planned, frozenset({"category_view"}))
    services.catalogue.write_categories(
        [Category(category_id=CategoryId(name), name=name) for name in (*marked, *categories)]
    )
    services.catalogue.write_products(list(map(marked_product, marked)))


def marked_product(name: str) -> Product:
    """Return a product of a category and a brand of its own: nobody is shown it for another's."""
    return a_product(
        product_id=ProductId(name), category_id=CategoryId(name), title=name, brand=name,
        rating=None, rating_count=0, bought_last_month=0, listed_on=None,
    )  # fmt: skip


def bring_unknown(shop: PlayedShop, roles: Roles) -> None:
    """Let the catalogue have the products that events wait for, and count these."""
    unknown = [event for visit in shop.visits for event in visit.events if event.kind == UNKNOWN]
    shop.services.catalogue.write_products([marked_product(event.marker) for event in unknown])
    base, clock = shop.base, SystemClock()
    statements = partial(read_statements, base.kept.history)
    catalogue, log = shop.services.catalogue_cache, base.live.log
    waiting = WaitingEvents(base.kept.waiting, catalogue, log, clock, (), statements)
    # The cache looks for new products every other second.
    eventually(lambda: waiting.publish_due().waiting == 0)
    roles.work_off()


def report(check: TraceCheck) -> None:
    """Log what was looked for and found, and hold it against what was agreed to."""
    _LOG.info("store: looked for, found")
    for name, count in check.checked.items():
        _LOG.info("%s: %d, %d", name, count, check.found[name])
    _LOG.info("all: %d, %d", check.checked.total(), check.found.total())
    # Each with the story of its visit.
    assert not check.beyond, "\n".join(check.beyond)
    assert not check.lost, "\n".join(check.lost)
    assert min(check.found.values()) >= FEWEST_FOUND


def test_what_serves_learns_measures_and_exports_has_no_trace_beyond_consent(
    shop: PlayedShop, experiment: Experiment, roles: Roles, tmp_path: Path
) -> None:
    check = TraceCheck(shop.visits)
    check_who_refused_all(shop)
    waiting = shop.waiting()
    assert waiting.found
    check.look(waiting)
    bring_unknown(shop, roles)
    models = learn(shop.base, shop.records, shop.base.kept)
    folder = tmp_path / "tables"
    for stores in (
        shop.stores_of_events(),
        shop.stores_of_pages(),
        shop.stores_of_learning(),
        shop.stores_of_exports(folder),
    ):
        for store in stores:
            check.look(store)
    report(check)
    check_models(shop, models, tmp_path)
    check_exported_decisions(shop, folder / MEASURE)
    check_experiment(shop, experiment)


@left_open
def test_nights_leave_no_trace_beyond_consent_in_what_they_count(
    shop: PlayedShop, roles: Roles, spark: "SparkSession", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITTING_ROOM_HOME", str(shop.home))
    monkeypatch.setenv("FITTING_ROOM_NIGHTLY_LIST_SIZE", "1000")
    monkeypatch.setenv("FITTING_ROOM_NIGHTLY_MINIMUM_SUPPORT", "1")
    bring_unknown(shop, roles)
    random = Random(SEED)
    for _ in range(NIGHTS):
        made = run_night(spark, shop.home)
        check = TraceCheck(shop.visits)
        for store in shop.stores_of_nights(made):
            check.look(store)
        report(check)
        # By the next night a third has taken something back.
        for visit in random.sample(list(shop.visits), VISITS // 3):
            visit.choose(ALL - {random.choice(sorted(ALL))})
        roles.work_off()


def test_a_reader_that_asks_nobody_is_found_out(shop: PlayedShop) -> None:
    """Let each purpose take all that is kept: then the oracle has to complain."""
    kept = {event.event_id for event in shop.history()}
    for purpose in sorted(ALL):
        check = TraceCheck(shop.visits)
        check.look(TraceStore("careless", purpose, EVERY_KIND, kept))
        assert len(check.beyond) >= FEWEST_FOUND
        forgetful = TraceCheck(shop.visits)
        forgetful.look(TraceStore("empty", purpose, EVERY_KIND, ()))
        assert len(forgetful.lost) >= FEWEST_FOUND


def check_who_refused_all(shop: PlayedShop) -> None:
    """Scan all places of the stores for visits that never agreed to anything."""
    refusing = [visit for visit in shop.visits if visit.has_refused_all_along]
    markers = markers_of([SessionId(visit.session_id) for visit in refusing])
    base = shop.base
    erasers = erasure_worker(base.settings.storage, base.kept, base.live).erasers
    places = list(scan(stores_places(base.settings, base.kept, base.live.url), erasers, markers))
    found = {place.name for place in places if place.found}
    assert refusing
    # The refusal itself is remembered while the visit lasts.
    assert found == {"redis/consent"}
    _LOG.info("%d visits that refused all, in none of %d places", len(refusing), len(places))


def check_models(shop: PlayedShop, models: dict[str, bytes], tmp_path: Path) -> None:
    """Hold the models against those that learn of agreeing events alone: to the last bit."""
    agreed = agreed_ids(shop.visits, LEARN)
    (rounds, _) = shop.stores_of_learning()
    records = []
    for record in shop.records:
        event = EVENT.decode(record.value)
        is_missed = event.type is EventType.IMPRESSION and event.event_id not in rounds.found
        if event.event_id in agreed and not is_missed:
            records.append(record)
    assert len(records) < len(shop.records)
    with open_kept(CoreSettings(storage=StorageSettings(home=tmp_path / "other"))) as other:
        assert learn(shop.base, records, other) == models
    assert all(models.values())


def check_exported_decisions(shop: PlayedShop, folder: Path) -> None:
    rows = shop.export(folder, ConsentPurpose.MEASURE, "decisions")
    exported = {row["decision_id"] for row in rows}
    agreed, refused = set[str](), set[str]()
    for visit in shop.visits:
        for decision in shop.decisions_of(visit):
            is_agreed = visit.agreed_at(MEASURE, decision.decided_at)
            (agreed if is_agreed else refused).add(decision.decision_id)
    assert exported & refused == set()
    assert len(exported & agreed) > len(agreed) // 2
    assert refused


def check_experiment(shop: PlayedShop, experiment: Experiment) -> None:
    """Hold the measurement against one of a shop in which only agreeing events happened."""
    kept = shop.base.kept
    agreed = agreed_ids(shop.visits, MEASURE)
    # A unit that refuses while it is watched is dropped for good.
    dropped = {
        visit.session_id
        for visit in shop.visits
        for event in visit.events
        if event.kind == "impression" and MEASURE in event.granted and event.event_id not in agreed
    }

    def is_part(event: Event) -> bool:
        # Logins and choices have no id that the oracle knows.
        is_known = event.type not in {EventType.LOGIN, EventType.CONSENT}
        return event.session_id not in dropped and (event.event_id in agreed or not is_known)

    past = PastExperiments(kept.history, kept.decisions, kept.catalogue)
    part = PartOfHistory(kept.history, is_part)
    measured = past.measure(experiment, shop.later)
    wanted = replace(past, history=part).measure(experiment, shop.later)  # type: ignore[arg-type]
    for arm, sums in wanted.sums.items():
        assert measured.sums[arm].units == sums.units > 0
        assert (measured.sums[arm].sums == sums.sums).all()
    assert dropped
