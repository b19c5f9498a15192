"""API and page as a process, with the roles beside it or without them."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import typer

from api.app import create_app
from api.health_checks import DEGRADED, DOWN, UP, RolesState
from api.keys.key_check import is_only_for_this_machine
from api.schemas.health import Dependency
from api.server import ApiServer
from api.wiring import build_services
from cli.api_group import ApiGroup, api_group
from cli.commands.realtime import announce_server
from personalization.domain.clock import SystemClock
from personalization.domain.errors import NoKeysError
from personalization.keys.editor import KeyEditor
from personalization.keys.first_keys import KeyStart, ServedPlace
from personalization.ports.stores import KeptStores, LiveStores
from personalization.settings.realtime import RealtimeSettings
from personalization.settings.serving import ServingSettings
from personalization.telemetry.logs import configure_logs
from personalization.wiring import CoreSettings, open_checked, open_live
from realtime.forked_process import ForkedProcess
from realtime.health import RoleReport
from realtime.roles_process import RolesProcess
from stack.interpreter import prepare_interpreter

FAILED = 1
STARTED_SECONDS = 15.0
"""Profiles come from the first event on, if the roles' process begins in this time."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What the command line says of a server."""

    host: str
    port: int
    processes: int = 1
    ready_file: Path | None = None

    @property
    def settings(self) -> ServingSettings:
        return ServingSettings(host=self.host, port=self.port, processes=self.processes)


_ROLE_NAMES = {"history": "history_writer"}
"""In the answer of readiness, where `history` is the store."""


def serve(home: Path, asked: ServerOptions, first: ForkedProcess | None = None) -> None:
    """Run API and page, and the roles beside them: the first time in the process that waits."""
    configure_logs()
    prepare_interpreter()
    settings = CoreSettings.of_home(home)
    with (
        open_checked(settings) as kept,
        _serving(settings, kept, asked) as serving,
        open_live(settings, kept) as live,
    ):
        stuck_seconds = RealtimeSettings().stuck_seconds
        roles = RolesProcess(roles_command(home), stuck_seconds, first=first)
        roles.start()
        with _group(asked, home, serving, partial(_states_of, roles), roles.metrics) as group:
            server = _server(settings, serving, kept, live, group)
            announce_server(live)
            _announce_when_ready(server, asked)
            roles.wait_for_first_word(STARTED_SECONDS)
            _run(server, group, asked)
        completed = roles.stop()
    if not completed or not server.started:
        raise typer.Exit(FAILED)


def serve_api(home: Path, asked: ServerOptions) -> None:
    configure_logs()
    prepare_interpreter()
    settings = CoreSettings.of_home(home)
    with (
        open_checked(settings) as kept,
        _serving(settings, kept, asked) as serving,
        open_live(settings, kept) as live,
        _group(asked, home, serving) as group,
    ):
        server = _server(settings, serving, kept, live, group)
        announce_server(live)
        _announce_when_ready(server, asked)
        _run(server, group, asked)
    if not server.started:
        raise typer.Exit(FAILED)


@contextmanager
def _group(
    asked: ServerOptions,
    home: Path,
    serving: ServingSettings,
    states: RolesState = dict,
    metrics: Callable[[], str] = str,
) -> Iterator[ApiGroup]:
    """Run the other processes of the API, if there are any."""
    with ExitStack() as running:
        try:
            group = running.enter_context(api_group(home, serving, states, metrics))
        except OSError:
            _say_no_port(asked)
            raise typer.Exit(FAILED) from None
        yield group


def _run(server: ApiServer, group: ApiGroup, asked: ServerOptions) -> None:
    server.on_stopping(group.begin_stop)
    try:
        server.run(group.sockets)
    except SystemExit:  # Uvicorn's, which would leave the roles running without their stores.
        _say_no_port(asked)


def _say_no_port(asked: ServerOptions) -> None:
    address = f"{asked.host}:{asked.port}"
    sys.stderr.write(f"Nothing can listen on {address} (--host, --port): see the log.\n")


def roles_command(home: Path) -> Sequence[str]:
    return [sys.executable, "-m", "cli.roles", "--home", str(home), "--beside"]


@contextmanager
def _serving(
    settings: CoreSettings, kept: KeptStores, asked: ServerOptions
) -> Iterator[ServingSettings]:
    """Yield the settings with the page's key, once there are keys; else end the command."""
    serving, storage = asked.settings, settings.storage
    _check_sample_shoppers(serving)
    place = ServedPlace(
        home=storage.home,
        address=f"{asked.host}:{asked.port}",
        is_own=is_only_for_this_machine(serving),
        keys_file=storage.keys_file,
        page_key=serving.page_key,
    )
    clock = SystemClock()
    start = KeyStart(KeyEditor(kept.plans, kept.audit, clock), clock, place)
    with ExitStack() as running:
        try:
            keys = running.enter_context(start.keys())
        except NoKeysError as error:
            sys.stderr.write(f"fitting-room: {error}\n")
            raise typer.Exit(FAILED) from error
        sys.stdout.write(keys.notice)
        sys.stdout.flush()
        yield serving.model_copy(update={"page_key": keys.page_key})


def _check_sample_shoppers(serving: ServingSettings) -> None:
    """End the command where anybody from elsewhere could log in, and nobody has said so."""
    is_meant = serving.sample_shoppers_elsewhere or is_only_for_this_machine(serving)
    if serving.sample_shoppers and not is_meant:
        sys.stderr.write(
            "fitting-room: FITTING_ROOM_API_SAMPLE_SHOPPERS lets anybody log in who reaches this "
            "server, and others than this machine do. Unset it, or for a public demonstration set "
            "FITTING_ROOM_API_SAMPLE_SHOPPERS_ELSEWHERE=true.\n"
        )
        raise typer.Exit(FAILED)


def _server(
    settings: CoreSettings,
    serving: ServingSettings,
    kept: KeptStores,
    live: LiveStores,
    group: ApiGroup,
) -> ApiServer:
    services = build_services(settings, serving, kept, live)
    services = replace(services, roles=group.states, other_metrics=group.metrics)
    return ApiServer(create_app(services), serving)


def _states_of(roles: RolesProcess) -> Mapping[str, Dependency]:
    reports = roles.reports()
    return {_ROLE_NAMES.get(name, name): _state_of(report) for name, report in reports.items()}


def _state_of(report: RoleReport) -> Dependency:
    if report.failure is not None:
        return Dependency(DOWN, f"It failed and is begun again after a pause: {report.failure}")
    if not report.healthy:
        return Dependency(DOWN, f"Its loop has not turned for {report.turned_seconds_ago:.0f} s.")
    if report.waiting_for is not None:
        return Dependency(DEGRADED, f"It waits for a store: {report.waiting_for}")
    return Dependency(UP)


def _announce_when_ready(server: ApiServer, asked: ServerOptions) -> None:
    """Print the page's address as soon as the server listens."""

    def announce() -> None:
        address = f"http://{asked.host}:{server.port()}"
        sys.stdout.write(f"Fitting Room answers at {address}\n")
        if server.operations is not None:
            sys.stdout.write(f"Metrics and documentation: port {server.operations.port()}\n")
        sys.stdout.flush()
        ready_file = asked.ready_file
        if ready_file is not None:
            aside = ready_file.with_suffix(".new")
            aside.write_text(address)
            aside.rename(ready_file)

    server.on_started(announce)
