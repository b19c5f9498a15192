"""How an import tells how far it is."""

from typing import Protocol


class Progress(Protocol):
    """Receives stages and rows; a terminal draws a bar from it."""

    def stage(self, title: str) -> None:
        """Begin a new stage of the work."""

    def advance(self, rows: int, fraction: float) -> None:
        """Tell the rows read in this stage and how much of it is done, 0 to 1."""
