from rich.console import Group, RenderableType
from rich.text import Text

from cli.tables import titled_table
from dags.tasks.progress import ProgressLine, TaskState
from personalization.domain.prior import Generation, PriorTable


def generation_report(generation: Generation) -> RenderableType:
    """Return rows per table, what is absent and why, and how the generation was made."""
    table = titled_table("Priors", ["table"], ["rows"], ["absent because"])
    for prior_table in PriorTable:
        rows = generation.rows_by_table.get(prior_table.value, 0)
        table.add_row(prior_table.value, f"{rows:,}", generation.absent.get(prior_table.value, ""))
    tables = {table.value for table in PriorTable}
    for name, reason in generation.absent.items():
        if name not in tables:
            table.add_row(name, "", reason)
    made_of = ", ".join(
        f"{name.replace('_from', ' from')} {value}"
        for name, value in generation.parameters.items()
        if name in {"popularity_from", "affinities_from", "bundles_from"}
    )
    first_day = generation.parameters.get("period_from", "?")
    return Group(
        table,
        Text(f"Period {first_day} to {generation.run_date}; {made_of}."),
        Text(f"Generation {generation.generation_id} is promoted.", style="bold green"),
    )


def failure_report(lines: list[ProgressLine], log_tail: list[str]) -> RenderableType:
    failed = [line for line in lines if line.state is TaskState.FAILED]
    parts = [Text(line, style="dim") for line in log_tail]
    parts.extend(
        Text(f"{line.task} failed: {line.reason or 'see above'}", style="bold red")
        for line in failed
    )
    if not failed:
        parts.append(Text("Airflow failed before or between tasks: see above.", style="bold red"))
    parts.append(Text("Nothing was promoted; the active generation, if any, stays active."))
    return Group(*parts)
