"""The processes of one API, as the first of them starts and ends the others."""

import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from api.health_checks import RolesState
from api.merged_metrics import OtherMetrics
from api.processes.kept_processes import KeptProcess, KeptProcesses
from api.processes.notice_board import FIRST, ROLES, NoticeBoard, ProcessNotice, own_notices
from api.processes.shared_port import begin_port
from api.schemas.health import Dependency
from personalization.settings.serving import ServingSettings

NOTICES: Final = "api_processes"
"""The folder of the home in which they tell each other how they are."""
_PAGE_KEY: Final = "FITTING_ROOM_API_PAGE_KEY"


def _nothing() -> None:
    """There is no other process."""


@dataclass(frozen=True, slots=True)
class ApiGroup:
    states: RolesState
    """Of the roles, and of the other processes of the API."""
    metrics: OtherMetrics
    """Of the same."""
    sockets: list[socket.socket] | None = None
    """Where this one takes connections; None where it is the only one."""
    begin_stop: Callable[[], None] = _nothing


@contextmanager
def api_group(
    home: Path, serving: ServingSettings, states: RolesState, metrics: Callable[[], str]
) -> Iterator[ApiGroup]:
    """Run the other processes; raises `OSError` where nothing can listen.

    Takes states and metrics of the roles.
    """
    if serving.processes == 1:
        yield ApiGroup(states, lambda: [metrics()])
        return
    with begin_port(serving.host, serving.port) as listening:
        port = listening.getsockname()[1]
        board = NoticeBoard(home / NOTICES / str(port))
        board.clear()
        processes = KeptProcesses(
            {
                name: _process(home, serving.model_copy(update={"port": port}), board, name)
                for name in [f"api_{number}" for number in range(2, serving.processes + 1)]
            }
        )

        def all_states() -> Mapping[str, Dependency]:
            return {**states(), **processes.states()}

        def tell() -> Mapping[str, ProcessNotice]:
            return {**own_notices(FIRST), ROLES: ProcessNotice(metrics(), all_states())}

        board.start(tell)
        processes.start()
        try:
            yield ApiGroup(all_states, board.metrics, [listening], processes.begin_stop)
        finally:
            processes.stop()
            board.stop()
            board.remove()


def _process(home: Path, serving: ServingSettings, board: NoticeBoard, name: str) -> KeptProcess:
    command = [
        *(sys.executable, "-m", "cli.api_process", "--home", str(home), "--host", serving.host),
        *("--port", str(serving.port), "--board", str(board.folder), "--name", name),
    ]
    key = serving.page_key
    environment = {} if key is None else {_PAGE_KEY: key}
    return KeptProcess(command, environment, partial(board.withdraw, name))
