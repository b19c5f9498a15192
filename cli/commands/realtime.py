import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HomeOption
from personalization.ports.stores import LiveStores
from personalization.settings.realtime import RealtimeSettings
from personalization.telemetry.logs import configure_logs
from personalization.wiring import CoreSettings, open_checked, open_live
from realtime.health import HealthServer
from realtime.main import RealtimeService
from realtime.wiring import ROLES, RoleResources
from stack.interpreter import prepare_interpreter

FAILED = 1


def realtime_command(
    *,
    home: HomeOption = Path("var"),
    role: Annotated[
        list[str] | None,
        typer.Option(help=f"Run this role only; may be repeated. One of {', '.join(ROLES)}."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            envvar="FITTING_ROOM_REALTIME_PORT",
            help="Answer /health and /metrics on this port; 0 takes a free one.",
        ),
    ] = None,
) -> None:
    """Run the real-time service only: scorer, history writer and learner, or some of them.

    On the real stack any number of scorers and history writers share the work; a learner is
    alone, and a second one is fenced off when it saves.
    """
    configure_logs()
    prepare_interpreter()
    settings, realtime = CoreSettings.of_home(home), RealtimeSettings(port=port)
    with open_checked(settings) as kept, open_live(settings, kept) as live, ExitStack() as stack:
        service = RealtimeService(RoleResources(settings, kept, live), _check_roles(role))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: service.request_stop())
        if realtime.port is not None:
            stack.enter_context(closing(_health_server(service, realtime, realtime.port)))
        announce_server(live)
        service.start()
        service.wait()
        completed = service.stop()
    if not completed:
        raise typer.Exit(FAILED)


def announce_server(live: LiveStores) -> None:
    sys.stdout.write(f"Profiles and sessions are kept by {live.server}\n")
    sys.stdout.flush()


def _health_server(service: RealtimeService, settings: RealtimeSettings, port: int) -> HealthServer:
    server = HealthServer(settings.host, port, lambda: service.reports(settings.stuck_seconds))
    sys.stdout.write(f"Health at http://{settings.host}:{server.port}/health\n")
    sys.stdout.flush()
    return server


def _check_roles(roles: Sequence[str] | None) -> Sequence[str]:
    unknown = [role for role in roles or () if role not in ROLES]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]} is no role: choose among {', '.join(ROLES)}.")
    return roles or tuple(ROLES)
