import msgspec


class PageRow(msgspec.Struct, frozen=True):
    """A placement: slots of profiles name it."""

    name: str
    size: int
    """Products at most."""
    title: str
    """What the shop wants to stand above it; may be empty."""


class PageRows(msgspec.Struct, frozen=True):
    """All placements of the page, in the order in which they are filled."""

    placements: list[PageRow]
