"""A further process of the API, which the first one starts: it answers on the same port.

It ends with its input, which is a pipe that nobody writes to: so it ends with the first one,
however that ends.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Final

from api.app import create_app
from api.processes.notice_board import NoticeBoard, own_notices
from api.processes.shared_port import join_port
from api.server import ApiServer
from api.wiring import build_services
from cli.plain_errors import plain_errors
from personalization.settings.serving import ServingSettings
from personalization.telemetry.logs import configure_logs
from personalization.wiring import CoreSettings, open_checked, open_live
from realtime.beside import ignore_signals
from stack.interpreter import prepare_interpreter

FAILED: Final = 1
_INPUT: Final = 0


def main() -> None:
    os.umask(0o077)
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--board", type=Path, required=True, help="Folder of the notices.")
    parser.add_argument("--name", required=True)
    asked = parser.parse_args()
    # A terminal interrupts all; the first one ends the others.
    ignore_signals()
    configure_logs()
    prepare_interpreter()
    with plain_errors():
        sys.exit(0 if _run(asked) else FAILED)


def _run(asked: Namespace) -> bool:
    settings = CoreSettings.of_home(asked.home)
    serving = ServingSettings(host=asked.host, port=asked.port)
    board = NoticeBoard(asked.board, asked.name)
    with open_checked(settings) as kept, open_live(settings, kept) as live:
        services = build_services(settings, serving, kept, live)
        services = replace(services, roles=board.states, other_metrics=board.metrics)
        server = ApiServer(create_app(services), serving, is_first=False)
        Thread(target=_end_with_input, args=(server,), name="input", daemon=True).start()
        board.start(partial(own_notices, asked.name))
        try:
            server.run([join_port(asked.host, asked.port)])
        finally:
            board.stop()
    return server.started


def _end_with_input(server: ApiServer) -> None:
    while os.read(_INPUT, 1):
        """Nobody writes to it."""
    server.should_exit = True


if __name__ == "__main__":
    main()
