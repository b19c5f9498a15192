import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from cli.options import HomeOption
from cli.reports.explanation import print_explanation, print_why_not
from personalization.domain.identifiers import DecisionId, ProductId, SessionId
from personalization.explanations.explain import explain
from personalization.explanations.names import Names
from personalization.explanations.why_not import why_not
from personalization.ports.decision_history import DecisionHistory, DecisionRecord
from personalization.ports.stores import KeptStores
from personalization.wiring import CoreSettings, open_kept

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
    product: Annotated[
        str | None,
        typer.Option(help="One product that was considered: why it was shown, or why not."),
    ] = None,
    home: HomeOption = Path("var"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with all numbers.")] = False,
) -> None:
    """Explain a decision: each product's score as the sum of what made it."""
    if (decision is None) == (session is None):
        raise typer.BadParameter("Give either --decision or --session.")
    until = at.replace(tzinfo=UTC) if at else datetime.now(UTC)
    with open_kept(CoreSettings.of_home(home)) as kept:
        record = _find(kept.decisions, decision, session, until)
        if record is None:
            raise _not_there("No such decision: `history --session` lists what there is.")
        if product is not None:
            _answer_why_not(kept, record, ProductId(product), as_json=as_json)
            return
        explanation = explain(record, Names.of(record, kept.catalogue))
    if as_json:
        _print_json(explanation)
    else:
        print_explanation(Console(), explanation)


def _find(
    decisions: DecisionHistory, decision: str | None, session: str | None, until: datetime
) -> DecisionRecord | None:
    if decision is not None:
        return decisions.read_many([DecisionId(decision)]).get(DecisionId(decision))
    found = decisions.list_session(SessionId(session or ""), until, 1)
    return found[0] if found else None


def _answer_why_not(
    kept: KeptStores, record: DecisionRecord, product_id: ProductId, *, as_json: bool
) -> None:
    decision = record.decision
    shown = [slot.product_id for slot in decision.slate]
    names = Names.of(record, kept.catalogue, [product_id, *shown])
    answer = why_not(decision, names, product_id)
    if answer is None:
        raise _not_there(
            f"Product {product_id!r} was not among the {len(decision.actions)} products that the "
            "decision considered: no list of the night had brought it in, or a rule took it out."
        )
    if as_json:
        _print_json(answer)
    else:
        print_why_not(Console(), answer, names)


def _not_there(message: str) -> typer.Exit:
    Console(stderr=True).print(message)
    return typer.Exit(NOT_FOUND)


def _print_json(value: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")
