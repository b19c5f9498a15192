"""Problem details (RFC 9457): the shape of every answer that is not a success."""

import msgspec


class ProblemField(msgspec.Struct, frozen=True):
    """One thing that is wrong with the request, and where."""

    pointer: str
    """JSON pointer into the body, or the name of the parameter."""
    detail: str
    """What to do about it."""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem as RFC 9457 wants it, with `errors` where single fields are at fault."""

    type: str
    """Path of the problem's kind: stable, for programs."""
    title: str
    """The kind in a few words, the same each time."""
    status: int
    """The HTTP status, repeated."""
    detail: str
    """What happened this time and what to do."""
    instance: str
    """Path of the request."""
    errors: list[ProblemField] = []
