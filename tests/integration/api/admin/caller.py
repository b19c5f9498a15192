"""Calls of the routes of operators, with the keys of roles."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from api.keys.shown_key import KEY_HEADER
from personalization.domain.access.api_key import AccessRole
from tests.builders.access.known_keys import OF_ROLE


@contextmanager
def calling_as(role: AccessRole, address: str) -> Iterator[httpx.Client]:
    """Give a client of `/v1/admin` that shows the key of a role."""
    headers = {KEY_HEADER: OF_ROLE[role]}
    with httpx.Client(base_url=f"{address}/v1/admin", headers=headers, timeout=30) as client:
        yield client


def author_of_role(role: AccessRole) -> str:
    return f"key:{OF_ROLE[role].split('_')[1]}"
