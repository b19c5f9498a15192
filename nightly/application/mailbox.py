"""The folder in which the steps of a night and its application leave each other messages.

Files in the warehouse and not a socket: whoever may read and write the warehouse may ask, nobody
else, from whatever machine shares it. A message appears by rename, so that nobody reads half of it.

    application.lock     held by the application while it lives
    application.json     who that is
    application.log      what it prints
    NAME.ask.json        what is to be done, taken in the order of the names
    NAME.answer.json     what came of it
    NAME.cancel          whoever waited has given up
"""

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import time_ns
from typing import IO, TypeVar

import msgspec

FOLDER = "application"
_Message = TypeVar("_Message")
_ASK, _ANSWER, _CANCEL = ".ask.json", ".answer.json", ".cancel"


@dataclass(frozen=True, slots=True)
class Ask:
    """One step, with its arguments as the DAG gave them."""

    step: str
    arguments: dict[str, object]


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """What came of a step."""

    exit_code: int
    body: dict[str, object]
    log_until: int
    """How many bytes of the log there were when the step had ended."""


@dataclass(frozen=True, slots=True)
class ApplicationCard:
    """Who serves a mailbox."""

    pid: int
    environment: str
    """Digest of the settings that it was started with; empty where it is not to be asked again."""
    processor_seconds: dict[str, float] = field(default_factory=dict[str, float])
    """Name of a step -> what it took, of the application and all that it started."""
    peak_bytes: int = 0
    """Of memory, of them together."""


class Mailbox:
    def __init__(self, warehouse: Path) -> None:
        self.folder = warehouse / FOLDER
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def log(self) -> Path:
        return self.folder / "application.log"

    def is_served(self) -> bool:
        """Say whether an application lives: a dead one holds no lock, however it died."""
        with self._open_lock() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    @contextmanager
    def serve(self) -> Iterator[None]:
        """Hold the mailbox; raises `BlockingIOError` where another application does."""
        with self._open_lock() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield

    def _open_lock(self) -> IO[str]:
        return (self.folder / "application.lock").open("w")

    def card(self) -> ApplicationCard | None:
        """Return who serves or served it last."""
        return _read(self.folder / "application.json", ApplicationCard)

    def introduce(self, card: ApplicationCard) -> None:
        self._write("application.json", card)

    def ask(self, ask: Ask) -> str:
        """Leave a step to be done; return the name under which its answer will be."""
        name = f"{time_ns():020}-{uuid.uuid4().hex[:8]}"
        self._write(name + _ASK, ask)
        return name

    def take(self) -> tuple[str, Ask] | None:
        """Return the oldest step that waits, and take it out; what cannot be read is dropped."""
        for file in sorted(self.folder.glob(f"*{_ASK}")):
            ask = _read(file, Ask)
            file.unlink()
            if ask is not None:
                return file.name.removesuffix(_ASK), ask
        return None

    def answer(self, name: str, answer: StepAnswer) -> None:
        if not self.is_cancelled(name):
            self._write(name + _ANSWER, answer)
        (self.folder / (name + _CANCEL)).unlink(missing_ok=True)

    def take_answer(self, name: str) -> StepAnswer | None:
        file = self.folder / (name + _ANSWER)
        answer = _read(file, StepAnswer)
        if answer is not None:
            file.unlink()
        return answer

    def cancel(self, name: str) -> None:
        """Say that nobody waits any more."""
        (self.folder / (name + _ASK)).unlink(missing_ok=True)
        (self.folder / (name + _CANCEL)).touch()

    def is_cancelled(self, name: str) -> bool:
        return (self.folder / (name + _CANCEL)).exists()

    def clear(self) -> None:
        """Drop what an application that was killed has left, and its log."""
        for file in self.folder.glob("*"):
            if file.name != "application.lock":
                file.unlink(missing_ok=True)

    def _write(self, name: str, value: object) -> None:
        unfinished = self.folder / f".{name}.{os.getpid()}"
        unfinished.write_bytes(msgspec.json.encode(value))
        unfinished.replace(self.folder / name)


def _read(file: Path, kind: type[_Message]) -> _Message | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
