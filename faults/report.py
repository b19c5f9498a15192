"""A run's figures as a table for people, and as JSON for whoever compares runs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from faults.run import FaultOutcome

AFTER_CRASH_SECONDS = 10.0
"""Freshness counts as that after a crash for this long."""
ROLES = ("scorer", "history", "learner", "api")


def figures_of(outcome: FaultOutcome) -> dict[str, Any]:
    """Return everything that was counted or timed; times in seconds."""
    ledger, kept, learned = outcome.ledger, outcome.kept, outcome.learned
    return {
        "stack": "real" if outcome.plan.real else "embedded",
        "seed": outcome.plan.seed,
        "seconds": round(outcome.seconds, 1),
        "faults": fault_counts(outcome),
        "events_acknowledged": kept.acknowledged,
        "events_stored": kept.stored,
        "events_lost": kept.lost_events,
        "events_stored_twice": kept.doubled_events,
        "decisions_seen": kept.decisions_seen,
        "decisions_lost": kept.lost_decisions,
        "decisions_made_again": outcome.made_again.decisions,
        "decisions_made_of_fewer_events": outcome.made_again.lacking_events,
        "decisions_made_again_differently": outcome.made_again.different,
        "fields_that_differ": list(outcome.made_again.fields),
        "positions_learned": learned.rounds,
        "positions_corrected": learned.corrections,
        "positions_lost": learned.lost_positions,
        "positions_learned_twice": learned.twice,
        "positions_seen_too_late_to_learn": learned.seen_positions_not_due,
        "model_equals_uninterrupted_run": learned.same_model,
        "unreadable_records": kept.unreadable_records,
        "unreadable_records_in_dead_letter": kept.set_aside,
        "reads": len(ledger.reads),
        "reads_without_a_profile": ledger.bad_reads(),
        "reads_by_source": _by_source(outcome),
        "acknowledge_retries": ledger.retries,
        "never_acknowledged": ledger.unacked,
        "never_fresh": ledger.never_fresh,
        "visits_begun_anew": ledger.begun_anew,
        "sent_twice_late_too_late_skewed": [
            ledger.duplicates_sent,
            ledger.late_sent,
            ledger.too_late_sent,
            ledger.skewed_sent,
        ],
        "refused": dict(ledger.rejected),
        "fresh_p50_p95_p99": quantiles([freshness.seconds for freshness in ledger.fresh]),
        "fresh_after_worker_crash_p50_p95_p99": quantiles(fresh_after_crash(outcome)),
        "first_ack_after_broker_kill": first_acks(outcome),
        "overload": overload_of(outcome),
        "exit_codes": outcome.exit_codes,
        "starts": outcome.starts,
        "memory_mib": outcome.memory_mib,
    }


def fault_counts(outcome: FaultOutcome) -> dict[str, int]:
    done = outcome.injector.done
    counts = Counter(f"{fault.kind} {fault.target.split('-')[0]}" for fault in done)
    return dict(sorted(counts.items()))


def fresh_after_crash(outcome: FaultOutcome) -> list[float]:
    """Return the freshness after kills of scorers, apart from outages of services."""
    outages = outcome.injector.outages()
    crashes = [
        moment
        for moment in outcome.injector.moments("kill", "scorer")
        if not any(start - AFTER_CRASH_SECONDS <= moment < end for start, end in outages)
    ]
    return outcome.ledger.freshness_after(crashes, AFTER_CRASH_SECONDS)


def first_acks(outcome: FaultOutcome) -> list[float]:
    """Return, for each kill of the broker, the seconds to the first acknowledgement after it."""
    restarts = outcome.injector.moments("restart", "kafka")
    found = [outcome.ledger.first_ack_after(moment) for moment in restarts]
    return [round(value, 2) if value is not None else float("inf") for value in found]


def overload_of(outcome: FaultOutcome) -> dict[str, float] | None:
    overload = outcome.overload
    if overload is None:
        return None
    start, end, every = overload.started, overload.ended, outcome.ledger.reads
    reads = [read.seconds for read in every if start <= read.at < end]
    return {
        "capacity_events_per_second": round(overload.capacity, 1),
        "offered_events_per_second": round(overload.offered, 1),
        "events": overload.events,
        "shed": overload.shed,
        "drained_seconds": round(overload.drained_seconds, 1),
        "reads_without_a_profile": outcome.ledger.bad_reads(start, end),
        "read_p99": quantiles(reads)[-1] if reads else 0.0,
    }


def quantiles(seconds: Sequence[float]) -> list[float]:
    """Return the 50th, 95th and 99th percentile; empty of nothing."""
    if not seconds:
        return []
    return [round(float(quantile), 3) for quantile in np.quantile(seconds, (0.5, 0.95, 0.99))]


def print_report(console: Console, figures: Mapping[str, Any]) -> None:
    title = f"Faults on the {figures['stack']} stack, seed {figures['seed']}"
    table = Table(title=title, title_justify="left", show_header=False)
    for name, figure in figures.items():
        if name not in {"stack", "seed"}:
            table.add_row(name.replace("_", " "), _text(figure))
    console.print(table)


def _text(figure: object) -> str:
    if isinstance(figure, Mapping):
        return "\n".join(f"{name}: {_text(part)}" for name, part in figure.items())
    if isinstance(figure, list | tuple):
        return ", ".join(_text(part) for part in figure)
    if isinstance(figure, bool) or figure is None:
        return {True: "yes", False: "no", None: "-"}[figure]
    if isinstance(figure, int):
        return f"{figure:,}"
    return f"{figure:.4g}" if isinstance(figure, float) else str(figure)


def _by_source(outcome: FaultOutcome) -> dict[str, int]:
    counts = Counter(f"{read.status} {read.source}".strip() for read in outcome.ledger.reads)
    return dict(sorted(counts.items()))
