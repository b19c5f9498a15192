from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from cli.tables import titled_table
from personalization.explanations.explain import Explained, Explanation
from personalization.explanations.names import Names
from personalization.explanations.slots import percent
from personalization.explanations.why_not import WhyNot


def print_explanation(console: Console, explanation: Explanation) -> None:
    console.print(
        f"Decision {explanation.decision_id} of session {explanation.session_id}, "
        f"{explanation.decided_at:%Y-%m-%d %H:%M:%S} UTC"
    )
    console.print(
        f"{explanation.base_policy}, model {explanation.policy_version}, "
        f"priors {explanation.generation_id}; live evidence weighs {explanation.live_weight:.0%}"
    )
    if explanation.asked is not None:
        console.print(f"Asked for: {explanation.asked.kind} {explanation.asked_for}", markup=False)
    for policy in explanation.policies:
        console.print(f"{policy.placement}: {policy.policy}: {policy.words}", style="dim")
    console.print(explanation.formula, style="dim")
    console.print(_table("Products", explanation.products))
    if explanation.categories:
        console.print(_table("Categories", explanation.categories))


def _table(title: str, explained: Sequence[Explained]) -> Table:
    table = titled_table(title, (), ["slot", "score", "sum", "chance"], ["what", "why"])
    for subject in explained:
        table.add_row(
            _place(subject),
            f"{subject.score:.4f}",
            f"{subject.sum_of_contributions:.4f}",
            percent(subject.shown.propensity) if subject.shown else "",
            subject.title,
            subject.sentence,
        )
    return table


def _place(subject: Explained) -> str:
    return f"{subject.shown.placement} {subject.shown.slot + 1}" if subject.shown else ""


def print_why_not(console: Console, answer: WhyNot, names: Names) -> None:
    """Print one product's rank and clauses, and its chance in each slot beside what got it."""
    product = answer.product
    rank = f"rank {product.rank} of {answer.considered}"
    console.print(f"{product.title} ({product.subject}): {rank}")
    console.print(product.shown.words if product.shown else "Not shown.")
    parts = titled_table(f"Score {product.score:.4f}", (), ["amount"], ["because"])
    for clause in product.clauses:
        parts.add_row(f"{clause.amount:+.4f}", clause.words)
    console.print(parts)
    numbers = ["slot", "its chance", "shown with"]
    table = titled_table("Its chance in each slot", (), numbers, ["shown"])
    for chance in answer.chances:
        title, _ = names.products.get(chance.taken_by, (chance.taken_by, None))
        table.add_row(
            f"{chance.placement} {chance.slot + 1}",
            percent(chance.probability),
            percent(chance.taken_with),
            title,
        )
    console.print(table)
