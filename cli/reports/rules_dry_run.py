import msgspec
from rich.console import Console
from rich.table import Table

from cli.tables import titled_table
from evaluation.rules_dry_run.dry_run import DryRun
from evaluation.rules_dry_run.worth import Worth
from personalization.off_policy.estimate import Estimate

PRODUCTS_SHOWN = 10


def print_report(console: Console, dry_run: DryRun) -> None:
    for warning in dry_run.proposal.warnings:
        console.print(f"Note: {warning}")
    found, proposal = dry_run.comparison, dry_run.proposal
    if not found.decisions:
        console.print("There are no decisions to try the rules on; --held-out may have sessions.")
        return
    table = Table(
        title=f"{found.decisions:,} decisions by {len(proposal.after.rules)} proposed rules, "
        f"against version {proposal.version}",
        title_justify="left",
        show_header=False,
    )
    table.add_row("decisions whose slates change", _share(found.changed, found.decisions))
    table.add_row("slots that change", _share(found.changed_slots, found.slots))
    table.add_row("slates too short now", _share(found.short_before, found.decisions))
    table.add_row("slates too short then", _share(found.short_after, found.decisions))
    console.print(table)
    if found.gains:
        console.print(_exposure(dry_run))
    console.print(_rules(dry_run))
    console.print(_worth(dry_run.worth) if dry_run.worth else "Nothing seen yet shows their worth.")


def report_json(dry_run: DryRun) -> str:
    found, proposal = dry_run.comparison, dry_run.proposal
    report = {
        "against_version": dry_run.proposal.version,
        "warnings": list(dry_run.proposal.warnings),
        "decisions": found.decisions,
        "changed_decisions": found.changed,
        "slots": found.slots,
        "changed_slots": found.changed_slots,
        "short_slates_before": found.short_before,
        "short_slates_after": found.short_after,
        "exposure_changes": dict(found.gains),
        "applied": {rule.rule_id: found.applied[rule.rule_id] for rule in proposal.after.rules},
        "worth": _worth_object(dry_run.worth) if dry_run.worth else None,
    }
    return msgspec.json.format(msgspec.json.encode(report)).decode()


def _exposure(dry_run: DryRun) -> Table:
    found = dry_run.comparison
    table = titled_table("Slots won and lost", ["product"], ["now", "then", "change"])
    for product, change in found.gains[:PRODUCTS_SHOWN]:
        before, after = found.shown_before[product], found.shown_after[product]
        table.add_row(product, f"{before:,}", f"{after:,}", f"{change:+,}")
    if len(found.gains) > PRODUCTS_SHOWN:
        table.add_row(f"and {len(found.gains) - PRODUCTS_SHOWN:,} more", "", "", "")
    return table


def _rules(dry_run: DryRun) -> Table:
    title = "Decisions in which each rule does something"
    table = titled_table(title, ["rule", "does"], ["decisions"])
    for rule in dry_run.proposal.after.rules:
        count = dry_run.comparison.applied[rule.rule_id]
        words = _share(count, dry_run.comparison.decisions) if count else "never applies"
        table.add_row(rule.rule_id, rule.kind.value, words)
    return table


def _worth(worth: Worth) -> Table:
    known = f"{worth.answered:,} of {worth.positions:,} seen ones"
    title = f"Mean outcome of an impression, {known}, 95 % intervals"
    table = titled_table(title, ["estimator", "rules now", "proposed", "verdict"])
    for before, after in zip(worth.before, worth.after, strict=True):
        verdicts = dict.fromkeys((f"now: {before.verdict}", f"proposed: {after.verdict}"))
        table.add_row(after.estimator.value, _value(before), _value(after), "; ".join(verdicts))
    return table


def _value(estimate: Estimate) -> str:
    if estimate.value is None or estimate.interval is None:
        return "-"
    return f"{estimate.value:.4f} ({estimate.interval.low:.4f} .. {estimate.interval.high:.4f})"


def _worth_object(worth: Worth) -> dict[str, object]:
    def values(found: Estimate) -> dict[str, object]:
        interval = [found.interval.low, found.interval.high] if found.interval else None
        return {"value": found.value, "interval": interval, "verdict": str(found.verdict)}

    return {
        "positions": worth.positions,
        "answered": worth.answered,
        "estimates": {
            before.estimator.value: {"now": values(before), "proposed": values(after)}
            for before, after in zip(worth.before, worth.after, strict=True)
        },
    }


def _share(count: int, of: int) -> str:
    return f"{count:,} ({count / of:.1%})" if of else "0"
