from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from cli.commands.import_ import TerminalProgress, progress_bar
from importers.generated.large.large_shop import LargeShop
from importers.generated.large.shop_files import (
    EVENTS_FOLDER,
    PRODUCTS_FOLDER,
    FileKind,
    write_shop,
)
from personalization.domain.errors import ImportRejectedError

_DAY = "%Y-%m-%d"


def generate_command(  # noqa: PLR0913 - each parameter is an option of the command
    folder: Annotated[Path, typer.Argument(help="Folder for the files; files there are replaced.")],
    *,
    products: Annotated[int, typer.Option(min=1, help="Number of products.")] = 1_300_000,
    events: Annotated[int, typer.Option(min=1, help="Events over all days.")] = 20_000_000,
    days: Annotated[int, typer.Option(min=1, help="Number of days.")] = 60,
    users: Annotated[int, typer.Option(min=1, help="Known users who come back.")] = 300_000,
    last_day: Annotated[
        datetime | None, typer.Option(formats=[_DAY], help="The last day; default: yesterday.")
    ] = None,
    days_from: Annotated[
        datetime | None,
        typer.Option(formats=[_DAY], help="Write only the events of this day and later ones."),
    ] = None,
    hot_share: Annotated[
        float, typer.Option(min=0.0, max=0.99, help="Share of all views that go to one product.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files.")] = 7,
    kind: Annotated[FileKind, typer.Option("--as", help="Kind of the files.")] = "parquet",
) -> None:
    """Make up a large shop: products as Amazon Products 2023 has them, and a log of events.

    Its visits cluster by neighbourhoods of products, few products have most views, and many have
    next to none. `fitting-room import` reads the products first, then the events.
    """
    console = Console()
    try:
        shop = LargeShop(
            last_day=_date(last_day) or datetime.now(UTC).date() - timedelta(days=1),
            products=products,
            events=events,
            days=days,
            users=users,
            seed=seed,
            hot_share=hot_share,
        )
        with progress_bar(console) as bar:
            written = write_shop(shop, folder, kind, _date(days_from), TerminalProgress(bar))
    except ImportRejectedError as error:
        console.print(f"[red]{escape(str(error))}")
        raise typer.Exit(1) from error
    folders = [EVENTS_FOLDER] if days_from else [PRODUCTS_FOLDER, EVENTS_FOLDER]
    console.print(f"{written:,} events (generated) in {folder}. Next:")
    for name in folders:
        console.print(f"  fitting-room import {folder / name}", soft_wrap=True, markup=False)


def _date(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()
