"""`explain`: why a session was shown what it was shown, at any past moment."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from cli.options import HomeOption, core_settings
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.ports.decision_history import DecisionHistory, DecisionRecord
from personalization.ranking.explain import Explained, Explanation, explain
from personalization.wiring import open_kept

NOT_FOUND = 1


def explain_command(
    *,
    decision: Annotated[str | None, typer.Option(help="A decision id.")] = None,
    session: Annotated[
        str | None, typer.Option(help="A session id; its last decision is explained.")
    ] = None,
    at: Annotated[
        datetime | None, typer.Option(help="With --session: as of this moment (UTC).")
    ] = None,
    home: HomeOption = Path("var"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with all numbers.")] = False,
) -> None:
    """Explain a decision: each product's score as the sum of what made it."""
    if (decision is None) == (session is None):
        raise typer.BadParameter("Give either --decision or --session.")
    until = at.replace(tzinfo=UTC) if at else datetime.now(UTC)
    with open_kept(core_settings(home)) as kept:
        record = _find(kept.decisions, decision, session, until)
    if record is None:
        Console(stderr=True).print("No such decision: `history --session` lists what there is.")
        raise typer.Exit(NOT_FOUND)
    explanation = explain(record)
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(explanation)).decode() + "\n")
    else:
        _print(Console(), explanation)


def _find(
    decisions: DecisionHistory, decision: str | None, session: str | None, until: datetime
) -> DecisionRecord | None:
    if decision is not None:
        return decisions.read_many([DecisionId(decision)]).get(DecisionId(decision))
    found = decisions.list_session(SessionId(session or ""), until, 1)
    return found[0] if found else None


def _print(console: Console, explanation: Explanation) -> None:
    console.print(
        f"Decision {explanation.decision_id} of session {explanation.session_id}, "
        f"{explanation.decided_at:%Y-%m-%d %H:%M:%S} UTC"
    )
    console.print(
        f"{explanation.policy}, model {explanation.policy_version}, "
        f"priors {explanation.generation_id}; live evidence weighs {explanation.live_weight:.0%}"
    )
    console.print(explanation.formula, style="dim")
    console.print(_table("Products", explanation.products))
    console.print(_table("Categories", explanation.categories))


def _table(title: str, explained: tuple[Explained, ...]) -> Table:
    table = Table(title=title, title_justify="left")
    for name in ("slot", "score", "sum", "propensity"):
        table.add_column(name, justify="right")
    table.add_column("what")
    table.add_column("why")
    for one in explained:
        table.add_row(
            "" if one.slot is None else str(one.slot + 1),
            f"{one.score:.4f}",
            f"{one.sum_of_contributions:.4f}",
            "" if one.propensity is None else f"{one.propensity:.4f}",
            one.title,
            one.sentence,
        )
    return table
