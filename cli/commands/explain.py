import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from cli.options import HomeOption
from cli.reports.explanation import print_explanation, print_why_not
from personalization.domain.errors import UnknownNameError
from personalization.domain.identifiers import SessionId
from personalization.explanations.explanation_service import ExplanationService, WhyNotAnswer
from personalization.ports.decision_history import DecisionRecord
from personalization.wiring import CoreSettings, open_checked

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
    with open_checked(CoreSettings.of_home(home)) as kept:
        service = ExplanationService(kept.decisions, kept.history, kept.catalogue)
        try:
            record = _find(service, decision, session, until)
            if product is not None:
                _print_why_not(service.why_not(record, product), as_json=as_json)
                return
            explanation = service.explain(record)
        except UnknownNameError as error:
            Console(stderr=True).print(str(error))
            raise typer.Exit(NOT_FOUND) from None
    if as_json:
        _print_json(explanation)
    else:
        print_explanation(Console(), explanation)


def _find(
    service: ExplanationService, decision: str | None, session: str | None, until: datetime
) -> DecisionRecord:
    if decision is not None:
        return service.find(decision)
    return service.newest(SessionId(session or ""), until)


def _print_why_not(found: WhyNotAnswer, *, as_json: bool) -> None:
    if as_json:
        _print_json(found.answer)
    else:
        print_why_not(Console(), found.answer, found.names)


def _print_json(value: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")
