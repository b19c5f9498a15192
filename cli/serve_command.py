"""`serve`, `api` and `realtime`: the service in one process, or each part in its own."""

import gc
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Thread
from typing import Annotated

import typer

from api.app import create_app
from api.server import ApiServer
from api.wiring import build_services
from cli.options import HomeOption, core_settings
from personalization.settings.realtime import RealtimeSettings
from personalization.settings.serving import ServingSettings
from personalization.telemetry.logs import configure_logs
from personalization.wiring import CoreSettings, KeptStores, LiveStores, open_kept, open_live
from realtime.health_server import HealthServer
from realtime.main import RealtimeService
from realtime.wiring import ROLES, Foundation

_LOG = logging.getLogger(__name__)
FAILED = 1
HostOption = Annotated[
    str, typer.Option(envvar="FITTING_ROOM_API_HOST", help="Interface to listen on.")
]
PortOption = Annotated[
    int, typer.Option(envvar="FITTING_ROOM_API_PORT", help="Port to listen on; 0 takes a free one.")
]
ReadyOption = Annotated[
    Path | None,
    typer.Option(help="Write the page's address into this file once it answers."),
]


SWITCH_SECONDS = 0.002
"""Python's threads take turns; at the default of 5 ms an answer waits that long for a decision."""
COLLECT_AFTER = 50_000
"""Allocations between collections: decisions are made of many small values and no cycles."""


def serve_command(
    *,
    home: HomeOption = Path("var"),
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    ready_file: ReadyOption = None,
) -> None:
    """Run API, page and real-time service in one process, until interrupted.

    Started again after a kill, it goes on where the log and the checkpoint say it was.
    """
    configure_logs()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(COLLECT_AFTER)
    settings = core_settings(home)
    with open_kept(settings) as kept, open_live(settings) as live:
        service = RealtimeService(Foundation(settings, kept, live))
        server = _server(settings, _serving(host, port), kept, live)
        service.start()
        watcher = Thread(target=_stop_together, args=(service, server), daemon=True)
        watcher.start()
        _announce_when_ready(server, host, ready_file)
        server.run()
        completed = service.stop()
    if not completed or not server.started:
        raise typer.Exit(FAILED)


def api_command(
    *,
    home: HomeOption = Path("var"),
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    ready_file: ReadyOption = None,
) -> None:
    """Run API and page only; profiles come from `realtime` in another process."""
    configure_logs()
    settings = core_settings(home)
    with open_kept(settings) as kept, open_live(settings) as live:
        server = _server(settings, _serving(host, port), kept, live)
        _announce_when_ready(server, host, ready_file)
        server.run()
    if not server.started:
        raise typer.Exit(FAILED)


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
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(COLLECT_AFTER)
    settings, realtime = core_settings(home), RealtimeSettings(port=port)
    with open_kept(settings) as kept, open_live(settings) as live, ExitStack() as stack:
        service = RealtimeService(Foundation(settings, kept, live), _known(role))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: service.request_stop())
        if realtime.port is not None:
            stack.enter_context(closing(_health_server(service, realtime, realtime.port)))
        service.start()
        service.wait()
        completed = service.stop()
    if not completed:
        raise typer.Exit(FAILED)


def _health_server(service: RealtimeService, settings: RealtimeSettings, port: int) -> HealthServer:
    server = HealthServer(settings.host, port, lambda: service.reports(settings.stuck_seconds))
    sys.stdout.write(f"Health at http://{settings.host}:{server.port}/health\n")
    sys.stdout.flush()
    return server


def _known(roles: Sequence[str] | None) -> Sequence[str]:
    unknown = [one for one in roles or () if one not in ROLES]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]} is no role: choose among {', '.join(ROLES)}.")
    return roles or tuple(ROLES)


def _serving(host: str, port: int) -> ServingSettings:
    return ServingSettings(host=host, port=port)


def _server(
    settings: CoreSettings, serving: ServingSettings, kept: KeptStores, live: LiveStores
) -> ApiServer:
    return ApiServer(create_app(build_services(settings, serving, kept, live)), serving)


def _stop_together(service: RealtimeService, server: ApiServer) -> None:
    """End the server when a role of the service has failed."""
    service.wait()
    server.should_exit = True


def _announce_when_ready(server: ApiServer, host: str, ready_file: Path | None) -> None:
    """Print the page's address as soon as the server listens."""

    def announce() -> None:
        address = f"http://{host}:{server.port()}"
        sys.stdout.write(f"Fitting Room answers at {address}\n")
        sys.stdout.flush()
        if ready_file is not None:
            aside = ready_file.with_suffix(".new")
            aside.write_text(address)
            aside.rename(ready_file)

    server.on_started(announce)
