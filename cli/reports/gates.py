"""What the gates of a night said, as one table."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.tables import titled_table
from personalization.domain.quality.gate import FIXED_GATES
from personalization.priors.gates.report import GateReport
from personalization.priors.gates.verdict import GateOutcome, GateVerdict

_STYLES = {
    GateOutcome.STOPPED: "bold red",
    GateOutcome.ACCEPTED: "yellow",
    GateOutcome.WARNED: "yellow",
    GateOutcome.PASSED: "green",
    GateOutcome.UNJUDGED: "dim",
}


def refusal_report(report: GateReport) -> RenderableType:
    """Return what was wrong with a night that was refused, and what to do."""
    stopped = report.judgement.counts()[GateOutcome.STOPPED]
    gates = "A gate" if stopped == 1 else f"{stopped} gates"
    names = {
        verdict.gate
        for verdict in report.judgement.verdicts
        if verdict.outcome is GateOutcome.STOPPED
    }
    accept = " ".join(f"--accept {name}" for name in sorted(names - FIXED_GATES))
    way = f"If all of it is as it should be: `fitting-room nightly {accept}`." if accept else ""
    return Group(
        _complaints("What was wrong", report.judgement.complaints()),
        Text(
            f"{gates} refused generation {report.generation_id}: {_consequence(report)}.",
            style="bold red",
        ),
        Text(way),
    )


def _consequence(report: GateReport) -> str:
    if report.active is None:
        return "it is not promoted, and none is active"
    if report.active == report.generation_id:
        return "it is the one that is active, and stays so"
    return f"it is not promoted, {report.active} stays active"


def gates_report(report: GateReport) -> RenderableType:
    """Return how many gates passed, and a table of what the others said."""
    counts = report.judgement.counts()
    said = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    complaints = report.judgement.complaints()
    parts: list[RenderableType] = [Text(f"Gates: {said}.")]
    if complaints:
        parts.insert(0, _complaints("What to look at", complaints))
    return Group(*parts)


def verdicts_table(report: GateReport) -> Table:
    """Return every verdict, also of what passed."""
    table = titled_table("Gates", ["gate", "of", "measured", "expected", "verdict"])
    for verdict in report.judgement.verdicts:
        style = _STYLES[verdict.outcome]
        table.add_row(
            verdict.gate,
            verdict.place,
            verdict.measured,
            verdict.expected,
            Text(verdict.outcome, style=style),
        )
    return table


def refusals_table(reports: Iterable[GateReport]) -> Table:
    """Return the refused nights with the gates that stopped them."""
    table = titled_table(
        "Refused nights, newest first", ["refused (UTC)", "ends on", "generation", "stopped by"]
    )
    for report in reports:
        stopped = [
            f"{verdict.gate} of {verdict.place}"
            for verdict in report.judgement.complaints()
            if verdict.outcome is GateOutcome.STOPPED
        ]
        table.add_row(
            f"{report.judged_at:%Y-%m-%d %H:%M}",
            report.run_date.isoformat(),
            report.generation_id,
            ", ".join(stopped),
        )
    return table


def _complaints(title: str, verdicts: Iterable[GateVerdict]) -> Table:
    table = titled_table(title, ["gate", "of", "what is wrong", "measured", "expected", "do"])
    table.show_lines = True
    for column in table.columns:
        # Names of files are longer than a column, and have to be read whole.
        column.overflow = "fold"
    for verdict in verdicts:
        table.add_row(
            Text(f"{verdict.gate}\n{verdict.outcome}", style=_STYLES[verdict.outcome]),
            verdict.place,
            verdict.wrong,
            verdict.measured,
            verdict.expected,
            verdict.remedy,
        )
    return table
