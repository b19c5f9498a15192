import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from cli.commands.rule_options import moment_of
from cli.options import HomeOption
from cli.reports.audit import audit_table
from personalization.audit.audit_view import view_of_entry
from personalization.domain.access.shop import SHOP
from personalization.wiring import CoreSettings, open_kept


def audit_command(
    *,
    subject: Annotated[
        str | None, typer.Option(help="Of one rule, product, key: whatever was changed.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many to show.")] = 50,
    before: Annotated[str | None, typer.Option(help="Those before this moment (UTC).")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, with all that was and is.")
    ] = False,
    home: HomeOption = Path("var"),
) -> None:
    """Show who changed what, newest first."""
    with open_kept(CoreSettings.of_home(home)) as kept:
        entries = kept.audit.newest(SHOP, limit, moment_of(before), subject)
    if as_json:
        body = msgspec.json.encode([view_of_entry(entry) for entry in entries])
        sys.stdout.write(msgspec.json.format(body).decode() + "\n")
    else:
        Console().print(audit_table(entries))
