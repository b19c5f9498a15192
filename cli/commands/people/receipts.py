import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from cli.commands.people.receipt_table import print_receipt
from cli.options import HomeOption
from cli.tables import titled_table
from personalization.domain.clock import SystemClock
from personalization.erasure.erasure_request import RequestBook
from personalization.erasure.receipt import ReceiptSigner, receipt_of
from personalization.vault.open_keys import open_privacy_keys
from personalization.wiring import CoreSettings, open_kept

NOT_OURS = 1


def erasures_command(home: HomeOption = Path("var")) -> None:
    """List the erasures that are not done yet, and what they wait for."""
    with open_kept(CoreSettings.of_home(home)) as kept:
        book = RequestBook(kept.plans)
        requests = [book.read(request_id) for request_id in book.open_ids()]
    table = titled_table("Open erasures", ["request", "asked", "state"], ["visits"], ["waits for"])
    for request in requests:
        asked = f"{request.asked_at:%Y-%m-%d %H:%M}"
        state, visits = request.state.value, f"{request.session_count:,}"
        table.add_row(request.request_id, asked, state, visits, request.waits_for)
    Console().print(table)


def receipt_command(
    request_id: Annotated[str, typer.Argument(metavar="REQUEST", help="As `erase` names it.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    home: HomeOption = Path("var"),
) -> None:
    """Show the receipt of an erasure as of now, signed."""
    settings, clock = CoreSettings.of_home(home), SystemClock()
    signer = ReceiptSigner(
        open_privacy_keys(CoreSettings.of_home(home).privacy, home, clock), clock
    )
    with open_kept(settings) as kept:
        signed = signer.sign(receipt_of(RequestBook(kept.plans).read(request_id)))
    if as_json:
        sys.stdout.write(msgspec.json.encode(signed).decode() + "\n")
    else:
        print_receipt(signed)


def verify_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A receipt, as JSON.")],
    home: HomeOption = Path("var"),
) -> None:
    """Say whether a receipt is ours and unchanged. Exit code 1 where it is not."""
    clock = SystemClock()
    signer = ReceiptSigner(
        open_privacy_keys(CoreSettings.of_home(home).privacy, home, clock), clock
    )
    try:
        receipt = signer.verify(file.read_bytes())
    except ValueError as error:
        Console(stderr=True).print(f"This is no receipt of ours: {error}.", soft_wrap=True)
        raise typer.Exit(NOT_OURS) from None
    if receipt is None:
        Console(stderr=True).print("Its key is not among the keys of privacy any more.")
        raise typer.Exit(NOT_OURS)
    Console().print(f"Ours and unchanged: erasure {receipt.request_id}, {receipt.state.value}.")
