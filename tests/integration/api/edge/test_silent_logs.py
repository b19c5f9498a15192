"""Whatever is called, however it fails: no line, metric or file name has an id of anybody."""

import io
import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import pytest

from api.keys.shown_key import KEY_HEADER
from api.state import ApiServices
from personalization.domain.access.api_key import AccessRole
from personalization.domain.clock import SystemClock
from personalization.ports.stores import KeptStores, LiveStores
from personalization.telemetry.logs import JsonFormatter
from personalization.wiring import CoreSettings
from realtime.wiring import RoleResources
from tests.builders.access.known_keys import OF_ROLE, PUBLISHABLE, SERVER
from tests.builders.wire_event import a_wire_event
from tests.integration.api.keys.test_matrix import NEEDS
from tests.integration.api.serving import serve
from tests.integration.api.sessions.people import SharedDevice, roles_by_hand
from tests.integration.command_line import run_over

SESSION: Final = "5e551011-0000-4000-8000-00000000abcd"
USER: Final = "marked-user@shop.example"
EVENT: Final = "eeee1011-0000-4000-8000-00000000abcd"
ORDER: Final = "marked-order-4711"
_OF_TESTS: Final = ("httpx", "httpcore")
ODD: Final = (b"", b"{", b"[]", b'{"user_id": "%s"}' % USER.encode(), b"\xff" * 9)
PATIENCE: Final = 60.0
"""Seconds: among all routes are some that count for long, on a busy machine longer."""


class Unforeseen:
    """A store that fails as nobody has foreseen, with the ids that it was asked for."""

    def __getattr__(self, name: str) -> Any:
        """Return what fails."""

        def fail(*arguments: object, **named: object) -> None:
            raise RuntimeError(f"{name} of {arguments} {named} {SESSION}")

        return fail


@pytest.fixture
def clock() -> SystemClock:
    """Return the clock that the real-time service goes by as well."""
    return SystemClock()


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Return what is logged, as a server writes it, without the lines of the test's own client."""
    written, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(lambda record: not record.name.startswith(_OF_TESTS))
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.setLevel(level)
    root.removeHandler(handler)


def path_of(route: str) -> str:
    filled = route
    for name, value in {
        "{session_id}": SESSION, "{decision_id}": SESSION, "{user_id:id}": USER,
        "{request_id}": SESSION, "{product_id:id}": ORDER, "{category_id:id}": ORDER,
    }.items():  # fmt: skip
        filled = filled.replace(name, value)
    while "{" in filled:
        start, end = filled.index("{"), filled.index("}")
        filled = f"{filled[:start]}{SESSION}{filled[end + 1 :]}"
    return filled


def call_everything(client: httpx.Client) -> None:
    keys = (None, PUBLISHABLE, SERVER, OF_ROLE[AccessRole.OWNER], "sk_wrong")
    for number, (method, route) in enumerate(NEEDS):
        if route.endswith("/stream"):
            continue
        body = ODD[number % len(ODD)]
        query = {"session": SESSION, "subject": USER, "id": USER}
        for key in keys:
            headers: Mapping[str, str] = {KEY_HEADER: key} if key else {}
            client.request(
                method,
                path_of(route),
                content=body,
                params=query,
                headers=headers,
                timeout=PATIENCE,
            )


def shop(device: SharedDevice) -> None:
    device.log_in(USER)
    device.send("shirt-1", user_id=USER)
    marked = a_wire_event(session_id=SESSION, event_id=EVENT, user_id=USER)
    order = marked | {"type": "checkout", "order_id": ORDER, "event_id": f"{EVENT[:-1]}1"}
    odd = [marked, order, marked | {"type": "nonsense"}, marked | {"session_id": USER}]
    for events in (odd, [marked | {"slots": "x"}], [marked | {"product_id": "unknown"}]):
        device.client.post("/v1/track", json={"events": events}, headers={KEY_HEADER: SERVER})
    device.client.get(f"/v1/profiles/{SESSION}")
    device.log_out()


def markers_in(text: str) -> list[str]:
    lowered = text.lower()
    short = [UUID(marker).hex for marker in (SESSION, EVENT)]
    return [marker for marker in (SESSION, EVENT, USER, ORDER, *short) if marker in lowered]


def test_no_line_metric_or_name_of_a_file_has_an_id(
    client: httpx.Client,
    services: ApiServices,
    settings: CoreSettings,
    kept_stores: KeptStores,
    live: LiveStores,
    lines: io.StringIO,
) -> None:
    device = SharedDevice(client, services, session_id=SESSION)
    with roles_by_hand(RoleResources(settings, kept_stores, live)) as roles:
        shop(device)
        roles.work_off()
        call_everything(client)
        roles.work_off()
    metrics = client.get("/metrics").text
    assert "fitting_room_" in metrics
    assert markers_in(metrics) == []
    for command in (("dead-letters", "list"), ("history", SESSION), ("explain", SESSION)):
        try_command(settings, *command)
    logged = lines.getvalue()
    assert '"path":"/v1/profiles/{session_id}"' in logged
    assert markers_in(logged) == []
    # The addresses of clients are kept nowhere, either.
    assert "127.0.0.1" not in "".join(row for row in logged.splitlines() if "api.access" in row)
    names = [str(path.relative_to(settings.storage.home)) for path in files_of(settings)]
    assert markers_in("\n".join(names)) == []


def test_what_fails_unforeseen_is_logged_without_an_id(
    services: ApiServices, lines: io.StringIO
) -> None:
    broken: Any = Unforeseen()
    other = replace(services, history=broken, sessions=broken, decisions=broken, profiles=broken)
    body = {"events": [a_wire_event(session_id=SESSION, event_id=EVENT, user_id=USER)]}
    with serve(other) as address:
        for method, path, key in (
            ("GET", f"/v1/profiles/{SESSION}", OF_ROLE[AccessRole.OWNER]),
            ("GET", f"/v1/sessions/{SESSION}/decisions", OF_ROLE[AccessRole.OWNER]),
            ("POST", "/v1/track", SERVER),
        ):
            # After what nobody has foreseen a connection may end without an answer.
            with suppress(httpx.ReadError):
                httpx.request(method, f"{address}{path}", json=body, headers={KEY_HEADER: key})
    logged = lines.getvalue()
    assert "Traceback" in logged
    assert markers_in(logged) == []


def try_command(settings: CoreSettings, *arguments: str) -> None:
    """Run a command, whatever comes of it: what it prints is for who asked."""
    try:
        run_over(settings, *arguments)
    except AssertionError:
        return


def files_of(settings: CoreSettings) -> list[Path]:
    found = list(settings.storage.home.rglob("*"))
    assert len(found) > 5
    return found
