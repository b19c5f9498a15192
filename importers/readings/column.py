"""What every kind of column can do: be looked through, settle on a reading, and read."""

from typing import Protocol


class Column(Protocol):
    """Looks at all values of a column before it reads any."""

    def see(self, value: object) -> None:
        """Take one value of the file into account."""

    def problem(self) -> str | None:
        """Return the sentence by which the column is refused, None if its reading is clear."""

    def reading(self) -> str | None:
        """Return how the values are read, None where there was nothing to choose."""

    def read(self, value: object) -> object:
        """Return a value as it is meant; text that is not of the kind is returned as it stands.

        Raises `RowRejectedError` for what must not be imported.
        """
