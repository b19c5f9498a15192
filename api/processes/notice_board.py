"""What the processes of one API tell each other: a file of each, written anew once a second.

Whichever of them is asked for metrics or readiness answers for all.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Final

import msgspec
from prometheus_client import generate_latest

from api.schemas.health import Dependency

NOTICE_SECONDS: Final = 1.0
FIRST: Final = "first"
"""The process that was started, which keeps the others running."""
ROLES: Final = "roles"
"""The roles beside it, of which it tells."""
_SUFFIX: Final = ".json"
_LOG: Final = logging.getLogger(__name__)


class ProcessNotice(msgspec.Struct, frozen=True):
    metrics: str
    """In Prometheus' text form."""
    states: Mapping[str, Dependency] = {}
    """Of what the process knows to run."""


_NOTICE: Final = msgspec.json.Decoder(ProcessNotice)


class NoticeBoard:
    def __init__(self, folder: Path, name: str = FIRST) -> None:
        self._folder = folder
        self._name = name
        self._stopping = Event()
        self._telling: Thread | None = None

    @property
    def folder(self) -> Path:
        return self._folder

    def clear(self) -> None:
        """Remove what an earlier process with the same port has left."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for notice in self._folder.iterdir():
            notice.unlink(missing_ok=True)

    def write(self, name: str, notice: ProcessNotice) -> None:
        aside = self._folder / f".{name}"
        # The folder goes with the process that was started.
        with suppress(FileNotFoundError):
            aside.write_bytes(msgspec.json.encode(notice))
            aside.rename(self._folder / f"{name}{_SUFFIX}")

    def withdraw(self, name: str) -> None:
        (self._folder / f"{name}{_SUFFIX}").unlink(missing_ok=True)

    def metrics(self) -> list[str]:
        """Return those of the other processes."""
        return [notice.metrics for name, notice in self._read() if name != self._name]

    def states(self) -> dict[str, Dependency]:
        return {name: state for _, notice in self._read() for name, state in notice.states.items()}

    def start(self, tell: Callable[[], Mapping[str, ProcessNotice]]) -> None:
        """Write what is told once a second, on a thread of its own."""

        def keep_telling() -> None:
            while not self._stopping.is_set():
                try:
                    for name, notice in tell().items():
                        self.write(name, notice)
                except OSError as error:
                    # A disk that is full has room again some day.
                    _LOG.warning("the other processes cannot be told how this one is: %s", error)
                self._stopping.wait(NOTICE_SECONDS)

        self._telling = Thread(target=keep_telling, name="notices", daemon=True)
        self._telling.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._telling is not None:
            self._telling.join()

    def remove(self) -> None:
        self.clear()
        self._folder.rmdir()

    def _read(self) -> Sequence[tuple[str, ProcessNotice]]:
        found = []
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            # One that has ended is withdrawn.
            with suppress(FileNotFoundError):
                found.append((path.stem, _NOTICE.decode(path.read_bytes())))
        return found


def own_notices(name: str) -> dict[str, ProcessNotice]:
    """Return what this process tells of itself."""
    return {name: ProcessNotice(generate_latest().decode())}
