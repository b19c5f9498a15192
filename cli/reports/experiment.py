from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table

from cli.tables import titled_table
from personalization.experiments.conclusion import ArmConclusion, Conclusion
from personalization.experiments.contrast import Contrast
from personalization.experiments.experiment import Experiment
from personalization.experiments.metric import Metric
from personalization.experiments.report import arm_values

_SECONDS = {Metric.SESSION_SECONDS}
_PERCENT = {Metric.CTR, Metric.CONVERSION, Metric.COVERAGE}


def report_of(conclusion: Conclusion, products: int) -> Iterator[RenderableType]:
    """Yield the parts of the report; `products` is the size of the catalogue."""
    yield _arms_table(conclusion, products)
    for arm in conclusion.arms:
        yield _contrast_table(conclusion.experiment, arm)
    yield from lines_of(conclusion)


def lines_of(conclusion: Conclusion) -> Iterator[str]:
    ratio, measured = conclusion.ratio, conclusion.measured
    verdict = "[bold red]mismatch[/]: nothing is concluded" if ratio.mismatch else "as promised"
    yield f"Sample ratio: {verdict} (chi-square p = {ratio.p_value:.3g}, looked at once)."
    if measured.misplaced:
        yield (
            f"[bold red]{measured.misplaced:,} units[/] had a treatment that is not their arm's: "
            "was the salt changed?"
        )
    if measured.made_up:
        yield f"{measured.made_up:,} events name decisions that were never made: left out."
    if measured.cut_orders:
        yield f"{measured.cut_orders:,} orders count for less than they say (docs/experiments.md)."
    if measured.waiting:
        yield f"{measured.waiting:,} units are still being watched and do not count yet."
    for arm in conclusion.arms:
        yield f"{arm.arm}: [bold]{arm.standing}[/], {arm.reason}."
        if arm.stopped is not None:
            fallen = measured.fallen.get(arm.arm, 0)
            yield (
                f"{arm.arm} was stopped at {arm.stopped.at:%Y-%m-%d %H:%M:%S} UTC "
                f"({arm.stopped.reason}); {fallen:,} units that came later got the control's."
            )


def _arms_table(conclusion: Conclusion, products: int) -> Table:
    experiment, measured = conclusion.experiment, conclusion.measured
    state = "running" if experiment.running else f"ended {experiment.ended_at:%Y-%m-%d %H:%M}"
    title = f"{experiment.experiment_id}, {state}, primary metric {experiment.primary}"
    names = [arm.name for arm in experiment.arms]
    arms = [f"{name} (control)" if name == experiment.control else name for name in names]
    table = titled_table(title, [""], arms)
    table.add_row("share", *(f"{arm.share:.0%}" for arm in experiment.arms))
    table.add_row("exposed units", *(f"{measured.exposed_units(name):,}" for name in names))
    table.add_row("settled units", *(f"{measured.sums[name].units:,}" for name in names))
    table.add_section()
    values = [arm_values(conclusion, name, products) for name in names]
    for metric in Metric:
        table.add_row(str(metric), *(_value(metric, value[metric]) for value in values))
    return table


def _contrast_table(experiment: Experiment, arm: ArmConclusion) -> Table:
    title = f"{arm.arm} less {experiment.control}, intervals that hold at every look"
    numbers = ["difference", "relative", "95 % interval, relative"]
    table = titled_table(title, ["metric"], numbers, ["guardrail"])
    guards = {check.guardrail.metric: check for check in arm.guardrails}
    for metric, found in arm.contrasts.items():
        guard = guards.get(metric)
        said = ""
        if guard is not None:
            held = "[bold red]broken[/]" if guard.broken else "not broken"
            said = f"loss up to {guard.guardrail.largest_loss:.0%}: {held}"
        name = f"[bold]{metric}[/]" if metric is experiment.primary else str(metric)
        table.add_row(name, *_contrast_cells(found), said)
    return table


def _contrast_cells(found: Contrast | None) -> tuple[str, str, str]:
    if found is None:
        return "-", "-", "-"
    if not found.of:
        interval = f"{found.interval.low:+.4f} .. {found.interval.high:+.4f}"
        return f"{found.difference:+.4f}", "-", f"{interval} (not relative)"
    interval = f"{found.interval.low / found.of:+.1%} .. {found.interval.high / found.of:+.1%}"
    return f"{found.difference:+.4f}", f"{found.difference / found.of:+.1%}", interval


def _value(metric: Metric, value: float | None) -> str:
    if value is None:
        return "-"
    if metric in _PERCENT:
        return f"{value:.2%}"
    return f"{value:.1f}" if metric in _SECONDS else f"{value:.3f}"
