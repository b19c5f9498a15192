"""One run from end to end: a shop, its traffic, its faults, and the audit of what is left."""

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from faults.audit import (
    Kept,
    Learned,
    audit_learner,
    audit_stores,
    wait_for_drain,
    wait_for_learner,
)
from faults.injection import Injector
from faults.ledger import Ledger
from faults.made_again import MadeAgain, audit_decisions
from faults.overload import Overload, overload
from faults.shop import FaultyShop
from faults.shopper import Site
from faults.traffic import Traffic
from faults.wiring import copy_shop, open_shop

WARM_SECONDS = 5.0
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FaultPlan:
    source: Path
    """Home folder of an embedded shop with promoted priors: its catalogue and priors are used."""
    folder: Path
    real: bool
    seed: int
    kills: int
    service_faults: int
    """Restarts of each service, flushes of Redis and fillings of the dead letter."""
    shoppers: int
    pause_seconds: float
    overloaded: bool


@dataclass(frozen=True, slots=True)
class FaultOutcome:
    plan: FaultPlan
    seconds: float
    ledger: Ledger
    injector: Injector
    overload: Overload | None
    kept: Kept
    learned: Learned
    made_again: MadeAgain
    exit_codes: dict[str, int]
    starts: dict[str, int]
    memory_mib: dict[str, tuple[float, float]]
    """Resident memory of each process when the faults began and when they had ended."""

    @property
    def all_well(self) -> bool:
        """Whether nothing was lost, learned twice, or left unanswered."""
        kept, learned, ledger = self.kept, self.learned, self.ledger
        return not (
            kept.lost_events
            or kept.doubled_events
            or kept.lost_decisions
            or kept.set_aside != kept.unreadable_records
            or learned.twice
            or learned.lost_positions
            or not learned.same_model
            or ledger.bad_reads()
            or ledger.unacked
            or ledger.never_fresh
            or any(self.exit_codes.values())
            or (self.overload is not None and not self.overload.was_one)
        )


def run_faults(plan: FaultPlan, tell: Progress) -> FaultOutcome:
    """Do everything; raises where the shop does not come up or does not come to rest."""
    shop = FaultyShop(plan.folder, plan.real)
    if not plan.real:
        shop.limit_disk()
    with ExitStack() as at_end:
        at_end.callback(shop.stack.down)
        at_end.callback(shop.stop)
        shop.stack.up()
        with open_shop(shop.home, dict(shop.stack.settings())) as stores:
            tell("copying catalogue and priors")
            copy_shop(plan.source, stores)
        shop.start()
        return _with_traffic(plan, shop, tell)


def _with_traffic(plan: FaultPlan, shop: FaultyShop, tell: Progress) -> FaultOutcome:
    started = time.monotonic()
    ledger, injector = Ledger(), Injector(shop, random.Random(plan.seed))
    with open_shop(shop.home, dict(shop.stack.settings())) as stores:
        chunks = stores.kept.catalogue.all_products()
        products = [product.product_id for chunk in chunks for product in chunk]
        site = Site(shop.addresses, products, plan.pause_seconds)
        traffic = Traffic(site, ledger, plan.seed, plan.shoppers)
        traffic.start()
        time.sleep(WARM_SECONDS)
        before = _memory(shop)
        _inject(plan, injector, ledger, tell)
        for name in shop.processes:
            shop.wait_for(name)
        flood = None
        if plan.overloaded:
            tell("overloading threefold")
            flood = overload(site, ledger, stores, plan.seed)
        tell("letting the shoppers finish")
        traffic.stop()
        wait_for_drain(stores)
        wait_for_learner(stores)
        memory = {name: (before[name], bytes_now) for name, bytes_now in _memory(shop).items()}
        starts = {name: process.starts for name, process in shop.processes.items()}
        exit_codes = shop.stop()
        tell("auditing: histories, dead letters, and the whole log learned once more")
        return FaultOutcome(
            plan=plan,
            seconds=time.monotonic() - started,
            ledger=ledger,
            injector=injector,
            overload=flood,
            kept=audit_stores(stores, ledger, injector.garbage),
            learned=audit_learner(stores, ledger, plan.folder / "reference"),
            made_again=audit_decisions(stores, ledger),
            exit_codes=exit_codes,
            starts=starts,
            memory_mib=memory,
        )


def _inject(plan: FaultPlan, injector: Injector, ledger: Ledger, tell: Progress) -> None:
    faults = injector.plan(plan.kills, plan.service_faults)
    for number, injection in enumerate(injector.run(faults), 1):
        done, bad = f"{injection.kind} {injection.target}", ledger.bad_reads()
        acked = f"{ledger.acked_count():,} events acknowledged"
        tell(f"{number}/{len(faults)} {done}: {acked}, {bad} reads without a profile")


def _memory(shop: FaultyShop) -> dict[str, float]:
    return {name: process.memory_mib() for name, process in shop.processes.items()}
