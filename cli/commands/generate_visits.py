from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from cli.commands.import_ import STORE_FAILED, TerminalProgress, progress_bar
from cli.options import HomeOption
from importers.generated.visits.visit_plan import VisitPlan
from importers.generated.visits.visits_file import write_visits
from importers.wiring import import_stores
from personalization.domain.errors import ImportRejectedError, StoreUnavailableError
from personalization.settings.storage import StorageSettings


def generate_visits_command(  # noqa: PLR0913 - each parameter is an option of the command
    file: Annotated[Path, typer.Argument(help="File to write, a .parquet; it is replaced.")],
    *,
    visits: Annotated[int, typer.Option(min=1, help="Number of visits over all days.")] = 6_000,
    days: Annotated[int, typer.Option(min=1, help="Number of days.")] = 60,
    users: Annotated[int, typer.Option(min=1, help="Known users who come back.")] = 400,
    last_day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The last day; default: yesterday."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same visits.")] = 7,
    home: HomeOption = Path("var"),
) -> None:
    """Make up visits over the catalogue of this home, for one that comes without any.

    Shoppers are generated and called so; the products are those that were imported. Orders have
    prices where products have. `fitting-room import` reads the file and holds the last days out.
    """
    console = Console()
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    try:
        plan = VisitPlan(
            last_day=yesterday if last_day is None else last_day.date(),
            days=days,
            visits=visits,
            users=users,
            seed=seed,
        )
        with progress_bar(console) as bar, import_stores(StorageSettings(home=home)) as stores:
            rows = write_visits(stores.catalogue, plan, file, TerminalProgress(bar))
    except ImportRejectedError as error:
        console.print(f"[red]{escape(str(error))}")
        raise typer.Exit(1) from error
    except StoreUnavailableError as error:
        console.print(f"[red]{escape(str(error))}")
        raise typer.Exit(STORE_FAILED) from error
    console.print(f"{visits:,} generated visits, {rows:,} rows: no shopper in them is real. Next:")
    console.print(f"  fitting-room import {file} --home {home}", soft_wrap=True, markup=False)
