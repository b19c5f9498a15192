import msgspec

from personalization.domain.asked import Strategy


class PageRow(msgspec.Struct, frozen=True):
    """A placement: slots of profiles name it."""

    name: str
    size: int
    """Products at most."""
    title: str
    """What the shop wants to stand above it; may be empty."""
    strategy: Strategy
    """Where its products come from."""
    on_profile: bool
    """Whether profiles have its slots; `POST /v1/recommendations` answers any of them."""


class PageRows(msgspec.Struct, frozen=True):
    """All placements of the page, in the order in which they are filled."""

    placements: list[PageRow]
