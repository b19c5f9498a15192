"""Versions of documents as entity tags: whoever reads or writes says which one it has."""

import re
from typing import Final

from starlette.requests import Request

from api.errors import WRONG_SHAPE, Kind, ProblemError

PRECONDITION_NEEDED: Final = Kind("precondition-needed", "Say which version you have read", 428)
ANY: Final = "*"
_TAG: Final = re.compile(r'(?:W/)?"([0-9]{1,9})"')


def is_known_version(request: Request, etag: str) -> bool:
    """Say whether `If-None-Match` names an entity tag, by weak comparison (RFC 9110, 13.1.2)."""
    known = request.headers.get("if-none-match", "")
    # No tag of ours has a comma in it.
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    return known.strip() == ANY or etag.removeprefix("W/") in tags


def tag_of(version: int) -> str:
    return f'"{version}"'


def expected_version(request: Request, *, needed: bool = False) -> int | None:
    """Return the version that `If-Match` names; None for `*`, and without one unless it is needed.

    Raises `ProblemError` for what is no entity tag of ours.
    """
    text = request.headers.get("if-match")
    if text is None and needed:
        raise ProblemError(
            PRECONDITION_NEEDED,
            "Send `If-Match` with the ETag of what you have read, so that nothing is lost that "
            "others wrote since; `*` writes in any case.",
        )
    if text is None or text.strip() == ANY:
        return None
    found = _TAG.fullmatch(text.strip())
    if found is None:
        raise ProblemError(WRONG_SHAPE, '`If-Match` is an ETag as it was answered, such as `"3"`.')
    return int(found.group(1))
