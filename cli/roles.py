"""The roles beside `serve`, which starts this process itself.

It has no command line to show: what that takes to import would stay in memory.
"""

import os
import sys
from argparse import ArgumentParser
from functools import partial
from pathlib import Path

from cli.plain_errors import plain_errors
from personalization.settings.realtime import RealtimeSettings
from personalization.telemetry.logs import configure_logs
from personalization.wiring import CoreSettings, open_checked, open_live
from realtime.beside import ignore_signals, run_beside
from realtime.forked_process import ForkedProcess, fork_process
from realtime.main import RoleSupervisor
from realtime.wiring import RoleResources
from stack.interpreter import prepare_interpreter

FAILED = 1
PROCESS_NAME = "roles"
"""As the system lists it."""


def main() -> None:
    os.umask(0o077)
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--beside", type=int, required=True, help="Descriptor to tell roles on.")
    asked = parser.parse_args()
    sys.exit(0 if _run(asked.home, asked.beside) else FAILED)


def fork_roles(home: Path) -> ForkedProcess | None:
    """Return the roles' process, which waits to begin; None where forking is not sound."""
    if sys.platform != "linux":
        return None
    return fork_process(PROCESS_NAME, partial(_run, home))


def _run(home: Path, descriptor: int) -> bool:
    configure_logs()
    prepare_interpreter()
    with plain_errors():
        return _run_roles(home, descriptor)


def _run_roles(home: Path, descriptor: int) -> bool:
    settings, realtime = CoreSettings.of_home(home), RealtimeSettings()
    ignore_signals()
    with open_checked(settings) as kept, open_live(settings, kept) as live:
        roles = RoleSupervisor(RoleResources(settings, kept, live))
        return run_beside(roles, realtime.stuck_seconds, descriptor)


if __name__ == "__main__":
    main()
