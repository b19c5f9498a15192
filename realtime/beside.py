"""The end of the pipe at which the roles' process tells whoever started it how its roles are.

One interpreter runs one thread of Python at a time: in one process pages wait for decisions, and
decisions for pages. The process ends with whoever started it, whose end closes its input.
"""

import os
import select
import signal
from typing import BinaryIO, Final

import msgspec
from prometheus_client import generate_latest

from realtime.health import RoleReport
from realtime.main import RoleSupervisor

NOTICE_SECONDS: Final = 1.0
_INPUT: Final = 0
"""`sys.stdin` is None in a child of a process that was started without an input."""


class RolesNotice(msgspec.Struct, frozen=True):
    """One line of JSON."""

    roles: dict[str, RoleReport]
    metrics: str
    """Of this process, in Prometheus' text form."""


def ignore_signals() -> None:
    """Leave signals to the other process, which a terminal interrupts too and which ends us."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def run_beside(roles: RoleSupervisor, stuck_seconds: float, descriptor: int) -> bool:
    """Run all roles until the input ends; return whether none of them failed."""
    roles.start()
    with os.fdopen(descriptor, "wb") as notices:
        told = True
        while told:
            reports = dict(roles.reports(stuck_seconds))
            told = _tell(notices, RolesNotice(reports, generate_latest().decode()))
            if select.select([_INPUT], [], [], NOTICE_SECONDS)[0]:
                break
        return roles.stop()


def _tell(notices: BinaryIO, notice: RolesNotice) -> bool:
    try:
        notices.write(msgspec.json.encode(notice) + b"\n")
        notices.flush()
    except BrokenPipeError:
        return False
    return True
