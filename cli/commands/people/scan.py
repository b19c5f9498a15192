import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from cli.commands.people.erase import session_ids
from cli.options import HomeOption
from cli.tables import titled_table
from cli.wiring import stores_places
from personalization.domain.identifiers import UserId
from personalization.erasure.open_worker import erasure_worker
from personalization.erasure.scan import ScannedPlace, markers_of, scan
from personalization.wiring import CoreSettings, open_kept, open_live

FOUND = 1


def scan_command(
    session: Annotated[
        list[str] | None, typer.Argument(metavar="[SESSION]...", help="Ids of visits.")
    ] = None,
    *,
    user: Annotated[
        list[str] | None, typer.Option(help="An id as it is kept. May be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    home: HomeOption = Path("var"),
) -> None:
    """Look for visits and people in every place that the running stores have.

    Files, tables, topics and keys are listed by the stores themselves. Without a name it only says
    which eraser is answerable for each place. It reads everything: expect a minute for each
    gigabyte. Exit code 1 where somebody is found, or a place is nobody's.
    """
    settings = CoreSettings.of_home(home)
    markers = markers_of(session_ids(session or []), map(UserId, user or ()))
    with open_kept(settings) as kept, open_live(settings, kept) as live:
        erasers = erasure_worker(settings.storage, kept, live).erasers
        console = Console(stderr=True)
        found: list[ScannedPlace] = []
        with console.status("Looking") as status:
            for place in scan(stores_places(settings, kept, live.url), erasers, markers):
                found.append(place)
                status.update(f"Looking: {len(found)} places, {place.name}")
    if as_json:
        sys.stdout.write(msgspec.json.encode(list(map(asdict, found))).decode() + "\n")
    else:
        _print(found, searched=bool(markers))
    if any(place.found or not place.owner for place in found):
        raise typer.Exit(FOUND)


def _print(found: list[ScannedPlace], *, searched: bool) -> None:
    table = titled_table(f"{len(found)} places", ["place", "eraser"], ["found"])
    for place in found:
        if place.found or not place.owner or not searched:
            table.add_row(place.name, place.owner or "[red]nobody[/red]", str(place.found))
    console = Console()
    console.print(table)
    hits = sum(bool(place.found) for place in found)
    if searched:
        console.print(f"Found in {hits} of {len(found)} places." if hits else "Found nowhere.")
