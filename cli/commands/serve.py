"""The commands that answer pages. Of the server they import nothing before they run."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import HomeOption
from cli.roles import fork_roles

HostOption = Annotated[
    str, typer.Option(envvar="FITTING_ROOM_API_HOST", help="Interface to listen on.")
]
PortOption = Annotated[
    int, typer.Option(envvar="FITTING_ROOM_API_PORT", help="Port to listen on; 0 takes a free one.")
]
ProcessesOption = Annotated[
    int,
    typer.Option(
        envvar="FITTING_ROOM_API_PROCESSES",
        min=1,
        max=64,
        help="Processes that answer on the port: as many as there are processors for them.",
    ),
]
ReadyOption = Annotated[
    Path | None, typer.Option(help="Write the page's address into this file once it answers.")
]


def serve_command(
    *,
    home: HomeOption = Path("var"),
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    processes: ProcessesOption = 1,
    ready_file: ReadyOption = None,
) -> None:
    """Run API and page, and the real-time service in a process beside them, until interrupted.

    Started again after a kill, it goes on where the log and the checkpoint say it was.
    """
    # Before the server is imported, which the roles do not need, and before any thread begins.
    roles = fork_roles(home)
    from cli.commands.serving import ServerOptions, serve

    serve(home, ServerOptions(host, port, processes, ready_file), roles)


def api_command(
    *,
    home: HomeOption = Path("var"),
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    processes: ProcessesOption = 1,
    ready_file: ReadyOption = None,
) -> None:
    """Run API and page only; profiles come from `realtime` in another process."""
    from cli.commands.serving import ServerOptions, serve_api

    serve_api(home, ServerOptions(host, port, processes, ready_file))
