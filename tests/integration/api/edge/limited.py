"""Serves with limits of a test's own, and reads what was refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx

from api.keys.shown_key import KEY_HEADER
from api.state import ApiServices
from personalization.settings.http_limits import HttpLimits
from tests.builders.access.known_keys import PUBLISHABLE, SERVER
from tests.integration.api.serving import serve

BEHIND_PROXY = {KEY_HEADER: PUBLISHABLE}
"""Who calls through a proxy needs a key."""
SHORT = 0.3
"""Seconds of a limit that a test waits for."""


@contextmanager
def serve_with_limits(
    services: ApiServices, trusted_proxies: tuple[str, ...] = (), **limits: Any
) -> Iterator[str]:
    changes = {"limits": HttpLimits(**limits), "trusted_proxies": trusted_proxies}
    settings = services.settings.model_copy(update=changes)
    with serve(replace(services, settings=settings)) as address:
        yield address


def refusals(address: str, reason: str) -> float:
    """Return how many requests the process has refused for this reason so far."""
    page = httpx.get(f"{address}/metrics", headers={KEY_HEADER: SERVER}).text
    name = f'fitting_room_requests_refused_total{{reason="{reason}"}} '
    return sum(float(line.removeprefix(name)) for line in page.splitlines() if name in line)
