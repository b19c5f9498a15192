from pathlib import Path
from typing import Annotated

import typer

HomeOption = Annotated[
    Path,
    typer.Option(
        envvar="FITTING_ROOM_HOME",
        file_okay=False,
        help="Folder that holds everything the shop's service writes.",
    ),
]
