"""Explanations as tables for a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from personalization.explanations.explain import Explained, Explanation
from personalization.explanations.names import Names
from personalization.explanations.slots import percent
from personalization.explanations.why_not import Chance


def print_explanation(console: Console, explanation: Explanation) -> None:
    """Print what was decided by what, and each score with its sentence."""
    console.print(
        f"Decision {explanation.decision_id} of session {explanation.session_id}, "
        f"{explanation.decided_at:%Y-%m-%d %H:%M:%S} UTC"
    )
    console.print(
        f"{explanation.policy}, model {explanation.policy_version}, "
        f"priors {explanation.generation_id}; live evidence weighs {explanation.live_weight:.0%}"
    )
    for one in explanation.policies:
        console.print(f"{one.placement}: {one.policy}: {one.words}", style="dim")
    console.print(explanation.formula, style="dim")
    console.print(_table("Products", explanation.products))
    console.print(_table("Categories", explanation.categories))


def _table(title: str, explained: Sequence[Explained]) -> Table:
    table = Table(title=title, title_justify="left")
    for name in ("slot", "score", "sum", "chance"):
        table.add_column(name, justify="right")
    table.add_column("what")
    table.add_column("why")
    for one in explained:
        table.add_row(
            _place(one),
            f"{one.score:.4f}",
            f"{one.sum_of_contributions:.4f}",
            percent(one.shown.propensity) if one.shown else "",
            one.title,
            one.sentence,
        )
    return table


def _place(one: Explained) -> str:
    return f"{one.shown.placement} {one.shown.slot + 1}" if one.shown else ""


def print_why_not(
    console: Console,
    product: Explained,
    considered: int,
    chances: Sequence[Chance],
    names: Names,
) -> None:
    """Print one product's rank and clauses, and its chance in each slot beside what got it."""
    console.print(f"{product.title} ({product.subject}): rank {product.rank} of {considered}")
    console.print(product.shown.words if product.shown else "Not shown.")
    parts = Table(title=f"Score {product.score:.4f}", title_justify="left")
    parts.add_column("amount", justify="right")
    parts.add_column("because")
    for clause in product.clauses:
        parts.add_row(f"{clause.amount:+.4f}", clause.words)
    console.print(parts)
    table = Table(title="Its chance in each slot", title_justify="left")
    for name in ("slot", "its chance", "shown with"):
        table.add_column(name, justify="right")
    table.add_column("shown")
    for one in chances:
        title, _ = names.products.get(one.taken_by, (one.taken_by, None))
        table.add_row(
            f"{one.placement} {one.slot + 1}",
            percent(one.probability),
            percent(one.taken_with),
            title,
        )
    console.print(table)
