"""A drill's report as lines to print and to keep."""

from collections.abc import Iterator, Sequence

from benchmarks.erasure.drill import LIVE_LIMIT_SECONDS, DrillReport, FoundPlace

_ODD_SHOWN = 10


def drill_lines(report: DrillReport) -> Iterator[str]:
    size = report.size
    yield f"Drill of {report.began:%Y-%m-%d %H:%M} UTC on {report.stack}"
    yield (
        f"{size.visits:,} visits, {size.people} people with several each, {report.events:,} events;"
        f" erased: {report.visits_erased} visits, one person's among them"
    )
    yield from _scan_lines("Scan before", report.before)
    yield (
        f"Live part: {report.live_seconds:.1f} s of at most {LIVE_LIMIT_SECONDS:.0f}"
        f" ({'kept' if report.live_seconds <= LIVE_LIMIT_SECONDS else 'BROKEN'})"
    )
    yield from _scan_lines("Scan after the live part", report.live)
    if report.after:
        yield from _scan_lines("Scan after the night", report.after)
    yield from _receipt_lines(report)
    for step in report.steps:
        yield (
            f"{step.step}: {step.seconds:.1f} s, {step.processor_seconds:.1f} s of processors,"
            f" load {step.load_before:.1f} to {step.load_after:.1f}"
        )
    with_it, without = report.step("night with the erasure"), report.step("night without")
    if with_it is not None and without is not None:
        yield (
            "Night with the erasure to the same without:"
            f" {with_it.processor_seconds / without.processor_seconds:.2f} of processor time,"
            f" {with_it.seconds / without.seconds:.2f} of wall time"
        )
    yield "Load: " + ", ".join(f"{load:.1f}" for load in report.loads)


def is_clean(places: Sequence[FoundPlace]) -> bool:
    return not any(place.found or not place.owner for place in places)


def _scan_lines(title: str, places: Sequence[FoundPlace]) -> Iterator[str]:
    nobody = sum(not place.owner for place in places)
    hits = [place for place in places if place.found]
    yield f"{title}: found in {len(hits)} of {len(places)} places, {nobody} of them nobody's"
    odd = [place for place in places if not place.owner and not place.found]
    for place in (*hits, *odd[:_ODD_SHOWN]):
        yield f"    {place.name} ({place.owner or 'nobody'}): {place.found}"


def _receipt_lines(report: DrillReport) -> Iterator[str]:
    receipt = report.receipt
    yield (
        f"Receipt {receipt['request_id']}: {receipt['state']}, {receipt['sessions']} visits,"
        f" {receipt['unknown']} unknown, live {receipt['live_at']}, done {receipt['done_at']}"
    )
    for store in receipt["stores"]:
        left = f"; left: {store['left']}" if store["left"] else ""
        yield f"    {store['store']}: {store['removed']} removed, {store['erased_at'][:19]}{left}"
    if receipt["waits_for"]:
        yield f"    waits for: {receipt['waits_for']}"
