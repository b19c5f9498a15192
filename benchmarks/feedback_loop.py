"""What becomes of a shop that learns from what it shows: a simulation of many nights.

    python -m benchmarks.feedback_loop --home var/demo --json loop.json --plot loop.png

The world is the real shop's: simulated shoppers begin where its shoppers began and want next what
they viewed next. Each night the priors are counted again from the clicks of the last days alone, as
if the shop had no other past, and the next day is served with them by the real ranking. Every
variant sees the same shoppers with the same seeds.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import mean
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.counted_priors import counted_priors
from benchmarks.simulated_shoppers import SimulatedShoppers
from evaluation.held_out import held_out_sessions, views_before
from evaluation.variety import KnownShop, Variety
from evaluation.wiring import categories_of
from personalization.adapters.sqlite.prior_store import SqlitePriorStore
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.decisions.decision_maker import DecisionMaker
from personalization.domain.event import Device, Event, EventType
from personalization.domain.identifiers import EventId, GenerationId, ProductId, SessionId
from personalization.domain.prior import Generation
from personalization.domain.session import Session
from personalization.policies.epsilon_greedy import EPSILON_GREEDY
from personalization.policies.placement import Placement
from personalization.policies.spec import PolicySpec
from personalization.ports.stores import KeptStores
from personalization.sessions.counting import take
from personalization.settings.tuning import TuningSettings
from personalization.wiring import CoreSettings, open_kept, open_ranking

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
VIEWS = 6
"""Products viewed in a visit."""
REMEMBERED_DAYS = 3
SLATE = 6


@dataclass(frozen=True, slots=True)
class LoopVariant:
    epsilon: float
    tuning: str = ""
    persuades: bool = True


VARIANTS: Mapping[str, LoopVariant] = {
    "slates persuade nobody": LoopVariant(0.2, persuades=False),
    "no exploration": LoopVariant(0.0),
    "exploration 0.2": LoopVariant(0.2),
    "exploration, diversity 0.2": LoopVariant(0.2, "diversity=0.2"),
    "exploration, boost_viewed -0.1": LoopVariant(0.2, "boost_viewed=-0.1"),
    "exploration, boost_viewed -0.4": LoopVariant(0.2, "boost_viewed=-0.4"),
    "no exploration, boost_viewed -0.4": LoopVariant(0.0, "boost_viewed=-0.4"),
}


@dataclass(frozen=True, slots=True)
class Day:
    click_entropy: float
    """Bits."""
    click_gini: float
    slate_entropy: float
    """Bits."""
    slate_coverage: float
    foreseen: float
    """Share of steps whose wish was on the slate."""
    persuaded: float
    """Share of steps that went elsewhere than they wanted."""


@dataclass(frozen=True, slots=True)
class Loop:
    kept: KeptStores
    settings: CoreSettings
    categories: Mapping[str, str]
    past: Sequence[Sequence[str]]
    visits: int
    """Of a day."""
    trust: float
    """How often a slate persuades somebody whose wish it lacks."""

    def days(self, variant: LoopVariant, seed: int, count: int, folder: Path) -> Iterator[Day]:
        """Yield the days of a variant, the first served with priors of real visits."""
        shoppers = SimulatedShoppers(self.past, self.trust if variant.persuades else 0.0)
        chance = Random(seed)
        first = [visit[:VIEWS] for visit in chance.sample(list(self.past), self.visits)]
        remembered: list[Sequence[Sequence[str]]] = [first]
        with_priors = replace(self.kept, priors=SqlitePriorStore(folder / "priors.sqlite", 0))
        for number in range(count):
            visits = [visit for day in remembered[-REMEMBERED_DAYS:] for visit in day]
            self._promote(with_priors, visits, number)
            served = _ServedDay(self._decider(with_priors, variant), self.catalogue(), number)
            clicks, day = served.run(shoppers, self.visits, Random(seed * 1000 + number), self)
            remembered.append(clicks)
            yield day

    def catalogue(self) -> CatalogueCache:
        return CatalogueCache(self.kept.catalogue)

    def _promote(self, kept: KeptStores, visits: Sequence[Sequence[str]], number: int) -> None:
        name = GenerationId(f"night-{number}")
        kept.priors.write_many(name, counted_priors(visits, self.categories))
        kept.priors.register(
            Generation(
                generation_id=name, run_date=START.date(), created_at=START,
                rows_by_table={}, absent={}, parameters={},
            )
        )  # fmt: skip
        kept.priors.promote(name)

    def _decider(self, kept: KeptStores, variant: LoopVariant) -> DecisionMaker:
        decider = open_ranking(kept, self.settings).decider
        policy = PolicySpec.of(EPSILON_GREEDY.name, epsilon=variant.epsilon)
        plan = replace(
            decider.config,
            placements=(Placement(size=SLATE, policy=policy),),
            tuning=TuningSettings().with_changes(variant.tuning).tuning(),
        )
        return decider.variant(plan)


class _ServedDay:
    """One day's visits, each view answered with a slate by the real ranking."""

    def __init__(self, decider: DecisionMaker, catalogue: CatalogueCache, number: int) -> None:
        self._decider = decider
        self._catalogue = catalogue
        self._number = number

    def run(
        self, shoppers: SimulatedShoppers, visits: int, chance: Random, loop: Loop
    ) -> tuple[list[list[str]], Day]:
        """Return the day's visits as viewed products, and what was measured."""
        shop = KnownShop.of(loop.categories, [])
        slates, clicks = Variety(shop, SLATE), Variety(shop)
        steps = foreseen = persuaded = 0
        views: list[list[str]] = []
        for visit in range(visits):
            viewed = [shoppers.first(chance)]
            session = self._view(None, visit, viewed)
            while len(viewed) < VIEWS:
                now = session.watermark
                slate = [str(slot.product_id) for slot in self._decider.decide(session, now).slate]
                step = shoppers.step(viewed[-1], slate, chance)
                slates.add(slate)
                clicks.add([step.clicked])
                steps += 1
                foreseen += step.wanted in slate
                persuaded += step.clicked != step.wanted
                viewed.append(step.clicked)
                session = self._view(session, visit, viewed)
            views.append(viewed)
        return views, Day(
            clicks.product_entropy, clicks.gini, slates.product_entropy, slates.coverage,
            foreseen / steps, persuaded / steps,
        )  # fmt: skip

    def _view(self, session: Session | None, visit: int, viewed: Sequence[str]) -> Session:
        moment = START + timedelta(days=self._number, seconds=60 * visit + len(viewed))
        event = Event(
            event_id=EventId(f"{self._number}-{visit}-{len(viewed)}"),
            session_id=SessionId(f"{self._number}-{visit}"),
            type=EventType.PRODUCT_VIEW, occurred_at=moment, received_at=moment,
            device=Device.DESKTOP, product_ids=(ProductId(viewed[-1]),),
        )  # fmt: skip
        products = self._catalogue.products(event.product_ids)
        return take(session or Session.start(event), event, products)[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/demo"))
    parser.add_argument("--days", type=int, default=12)
    parser.add_argument("--visits", type=int, default=400, help="a day")
    parser.add_argument(
        "--trust", type=float, default=0.5, help="how often slates persuade, 0 to 1"
    )
    parser.add_argument("--seeds", type=int, default=3, help="runs that are averaged")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    asked = parser.parse_args()
    settings = CoreSettings.of_home(asked.home)
    held_out = next(iter(held_out_sessions(settings.storage.held_out_file)))
    with open_kept(settings) as kept:
        categories = categories_of(kept.catalogue)
        past = views_before(held_out[0].occurred_at, kept.history)
        known = [[view for view in visit if view in categories] for visit in past]
        past = [visit for visit in known if visit]
        loop = Loop(kept, settings, categories, past, asked.visits, asked.trust)
        runs = {name: _mean_days(loop, name, asked.seeds, asked.days) for name in VARIANTS}
    _print(runs)
    if asked.json:
        asked.json.write_text(json.dumps(runs, indent=2))
    if asked.plot:
        _plot(runs, asked.plot)


def _mean_days(loop: Loop, name: str, seeds: int, days: int) -> list[dict[str, float]]:
    """Return the figures of each day, averaged over the seeds."""
    runs = []
    for seed in track(range(1, seeds + 1), name, console=Console(stderr=True)):
        with TemporaryDirectory() as folder:
            every = loop.days(VARIANTS[name], seed, days, Path(folder))
            runs.append([asdict(day) for day in every])
    names = runs[0][0]
    return [{name: mean(run[day][name] for run in runs) for name in names} for day in range(days)]


def _print(runs: Mapping[str, Sequence[Mapping[str, float]]]) -> None:
    table = Table(title="First day > mean of the last three days")
    table.add_column("variant")
    figures = list(next(iter(runs.values()))[0])
    for figure in figures:
        table.add_column(figure.replace("_", " "), justify="right")
    for name, days in runs.items():
        last = {figure: mean(day[figure] for day in days[-3:]) for figure in figures}
        table.add_row(name, *(f"{days[0][figure]:.3f} > {last[figure]:.3f}" for figure in figures))
    Console(width=160).print(table)


def _plot(runs: Mapping[str, Sequence[Mapping[str, float]]], file: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4.6), layout="constrained")
    panels = {
        "click_entropy": "entropy of the clicks, bits",
        "slate_entropy": "entropy of the slates, bits",
        "foreseen": "wishes that were on the slate",
    }
    axes = figure.subplots(1, len(panels))
    for axis, (measure, label) in zip(axes, panels.items(), strict=True):
        for name, days in runs.items():
            axis.plot([day[measure] for day in days], linewidth=1.4, label=name)
        axis.set_title(label, fontsize=10)
        axis.set_xlabel("day")
        axis.grid(alpha=0.3)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    figure.savefig(file, dpi=130)


if __name__ == "__main__":
    main()
