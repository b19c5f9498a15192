"""Options that several commands share, and the settings they lead to."""

from pathlib import Path
from typing import Annotated

import typer

from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings

HomeOption = Annotated[
    Path,
    typer.Option(
        envvar="FITTING_ROOM_HOME", help="Folder that holds everything the shop's service writes."
    ),
]


def core_settings(home: Path) -> CoreSettings:
    """Return the settings of the environment, with this home folder."""
    return CoreSettings(storage=StorageSettings(home=home))
