from rich.console import Console
from rich.table import Table

from cli.tables import titled_table
from personalization.learning.model_comparison import ModelComparison
from personalization.learning.unlearn_report import UnlearnReport

_DIGITS = 16


def print_unlearning(report: UnlearnReport) -> None:
    console = Console()
    for sentence in _sentences(report):
        console.print(sentence, soft_wrap=True)
    console.print(_hash_table(report))
    if report.comparison.rounds:
        console.print(_comparison_table(report.comparison))


def _sentences(report: UnlearnReport) -> list[str]:
    counts = report.counts
    made = f"{report.made} is current" if report.made else "Nothing was changed"
    learned = (
        f"{made}, after {report.seconds:.1f} seconds. {counts.rounds:,} rounds and "
        f"{counts.corrections:,} corrections were learned again, from number "
        f"{report.first_round:,} on."
    )
    left_out = f"Left out: {counts.erased:,} rounds of {report.sessions:,} erased sessions."
    return [learned, left_out, *(words for holds, words in _remarks(report) if holds)]


def _remarks(report: UnlearnReport) -> list[tuple[object, str]]:
    """Return sentences, each with what must not be nothing for it to be said."""
    counts, first = report.counts, report.first_round
    lost = (
        f"{report.lost:,} rounds before number {first:,} are not kept: the models began again from "
        "the base, without them and without anybody of that time."
    )
    held = (
        f"The erased are still in {', '.join(report.pinned)}, which running experiments hold. Stop "
        "those (`fitting-room experiment stop`): the next night, or this command, deletes it."
    )
    gone = f"{counts.gone:,} rounds could not be learned: their decisions are no longer kept."
    orphans = f"{counts.orphans:,} corrections were left out: what they correct is not kept."
    return [
        (report.same, "The models are the same as before, to the byte."),
        (report.lost, lost),
        (counts.gone, gone),
        (counts.orphans, orphans),
        (report.missing, f"{report.missing:,} rounds are missing that should be kept."),
        (report.fault, f"The new model is worse: {report.fault}."),
        (report.discarded, f"Deleted: {', '.join(report.discarded)}."),
        (report.pinned, held),
    ]


def _hash_table(report: UnlearnReport) -> Table:
    table = titled_table("Models", ["part", "SHA-256"], [])
    for name, digest in report.sha256.items():
        table.add_row(name, digest[:_DIGITS])
    return table


def _comparison_table(found: ModelComparison) -> Table:
    title = f"On the last {found.rounds:,} kept rounds"
    table = titled_table(title, [""], ["before", "after"])
    table.add_row("squared error", _number(found.error_before), _number(found.error_after))
    table.add_row("value of the policy", _number(found.value_before), _number(found.value_after))
    table.add_row("largest difference of a probability", "", _number(found.largest_difference))
    return table


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.5f}"
