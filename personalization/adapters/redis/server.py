import fcntl
import logging
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Self
from urllib.parse import quote, unquote, urlsplit

import redis

from personalization.adapters.redis.connection import translated_errors
from personalization.adapters.redis.server_keeper import keep_running
from personalization.adapters.redis.server_owner import (
    LOOK_SECONDS,
    STOP_SECONDS,
    ServerOwner,
    end_server,
    is_locked,
    server_in,
    wait_for,
)
from personalization.adapters.redis.server_process import (
    LaunchedServer,
    answers,
    in_quotes,
    is_of,
    memory_lines,
    name_of,
    write_configuration,
)
from personalization.adapters.redis.server_program import (
    RedisProgram,
    note_program,
    programs,
    reason_against,
)
from personalization.domain.errors import StoreUnavailableError

_LOG = logging.getLogger(__name__)
LONGEST_SOCKET_PATH = 100
"""The kernel takes 107 bytes (103 on macOS)."""
START_SECONDS = 30.0
"""Loading the append-only file of a large shop takes seconds; this is far beyond."""
STARTER_SECONDS = 120.0
"""Another starter tries a few programs; one that was stopped is not waited for."""
MEMORY_MIB = 512
"""Default of the memory's bound, as in the settings of Redis."""
LOG_TAIL_LINES = 8


class EmbeddedRedis:
    """A server for machines without one: keeps all in `home/redis`, lets in nobody else.

    It listens on a unix socket, or behind a password on a loopback port where that path would
    be too long. Whoever starts it owns it, and it ends with its owner, also where that is killed;
    others use it. One that was left behind all the same is ended and started again, and so is one
    that crashed, at the same address, by whoever uses it.
    """

    def __init__(self, home: Path, memory_mib: int = MEMORY_MIB) -> None:
        self._folder = home.resolve() / "redis"
        self._memory_mib = memory_mib
        self._owner = ServerOwner(self._folder)
        self._server: LaunchedServer | None = None
        self._closing = Event()
        self._keeper: Thread | None = None
        self._url: str | None = None
        self.name = ""
        """The product and version that runs, and where its program is if it was started here."""

    @property
    def url(self) -> str:
        """Where clients connect, such as unix:///home/shop/var/redis/redis.sock."""
        if self._url is None:
            raise StoreUnavailableError("The embedded Redis has not been started.")
        return self._url

    @property
    def log_file(self) -> Path:
        return self._folder / "redis.log"

    def start(self) -> None:
        """Start the server, or find it running; raises with the end of its log."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._closing.clear()
        try:
            self._find_or_launch()
        except BaseException:
            self.stop()
            raise
        keep = partial(keep_running, self._has_ended, self._find_or_launch, self._closing)
        self._keeper = Thread(target=keep, name="redis-keeper", daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        """Stop the server if this object started it; it saves what it holds."""
        self._closing.set()
        if self._keeper is not None:
            self._keeper.join()
        self._end()
        self._url = None

    def _has_ended(self) -> bool:
        if self._server is not None:
            return self._server.has_ended()
        return not self._owner.is_alive()

    def _end(self) -> None:
        if self._server is not None:
            self._server.stop(STOP_SECONDS)
            self._server = None
        self._owner.end()

    def _find_or_launch(self) -> None:
        with self._only_one_starter():
            self._end()
            address = self._folder / "url"
            running = address.read_text(errors="replace") if address.exists() else None
            if running and answers(running) and is_of(running, self._folder):
                if self._owner.is_alive():
                    self._url = running
                    with translated_errors():
                        self.name = name_of(running)
                    return
                _ask_to_end(running)
            # Also one that does not answer any more: two servers would spoil one file.
            end_server(partial(server_in, self._folder))
            # Clients keep the address that they were given.
            self._url = self._url or self._address(running)
            address.touch(mode=0o600)
            address.write_text(self._url)
            self._launch_newest(self._configure(self._url))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @contextmanager
    def _only_one_starter(self) -> Iterator[None]:
        with (self._folder / "starting").open("w") as lock:
            if not wait_for(lambda: is_locked(lock.fileno(), fcntl.LOCK_EX), STARTER_SECONDS):
                raise StoreUnavailableError(
                    f"Another process has been starting the embedded Redis in {self._folder} for "
                    f"{STARTER_SECONDS:.0f} s. Let it go on (kill -CONT), or end it."
                )
            yield

    def _address(self, former: str | None) -> str:
        unix_socket = self._folder / "redis.sock"
        if len(str(unix_socket).encode()) <= LONGEST_SOCKET_PATH:
            return f"unix://{quote(str(unix_socket))}"
        # Others may still have the former one.
        if former is not None and _is_free(former):
            return former
        return f"redis://:{secrets.token_hex(16)}@127.0.0.1:{_free_port()}/0"

    def _configure(self, url: str) -> Path:
        address = urlsplit(url)
        if address.scheme == "unix":
            listening = [
                "port 0",
                f"unixsocket {in_quotes(unquote(address.path))}",
                "unixsocketperm 600",
            ]
        else:
            listening = [
                "bind 127.0.0.1",
                f"port {address.port}",
                f"requirepass {address.password}",
            ]
        return write_configuration(
            self._folder,
            f"logfile {in_quotes(self.log_file)}",
            f"pidfile {in_quotes(self._folder / 'redis.pid')}",
            *memory_lines(self._memory_mib),
            *listening,
        )

    def _launch_newest(self, configuration: Path) -> None:
        """Launch the newest program that can; one that cannot is told of and passed over."""
        reasons = []
        for program in programs():
            reason = reason_against(self._folder, program)
            if reason is None:
                self._owner.begin()
                reason = self._launch(program, configuration)
            if reason is None:
                note_program(self._folder, program)
                self.name = str(program)
                _LOG.info("embedded server started", extra={"fields": {"server": self.name}})
                return
            _LOG.warning("embedded server refused", extra={"fields": {"reason": reason}})
            reasons.append(reason)
        self._owner.end()
        raise StoreUnavailableError("The embedded Redis did not start:\n" + "\n".join(reasons))

    def _launch(self, program: RedisProgram, configuration: Path) -> str | None:
        """Return once it answers; else its name with the end of its log."""
        with self.log_file.open("ab") as output:
            server = LaunchedServer(program.path, configuration, output)
        deadline = time.monotonic() + START_SECONDS
        while not answers(self.url):
            if server.has_ended() or time.monotonic() > deadline or self._closing.is_set():
                said = self._log_tail()
                server.stop(STOP_SECONDS)
                return f"{program}:\n{said}"
            time.sleep(LOOK_SECONDS)
        self._server = server
        return None

    def _log_tail(self) -> str:
        lines = self.log_file.read_text(errors="replace").splitlines()
        return "\n".join(lines[-LOG_TAIL_LINES:])


def _ask_to_end(url: str) -> None:
    """Let a server whose owner is gone save what it holds and end."""
    client = redis.Redis.from_url(url, socket_timeout=STOP_SECONDS, retry=None)
    # One that cannot save says so, and is ended by its pid.
    with suppress(redis.RedisError):
        client.shutdown()
    client.close()
    wait_for(lambda: not answers(url), STOP_SECONDS)


def _free_port(wanted: int = 0) -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", wanted))
        port: int = probe.getsockname()[1]
        return port


def _is_free(address: str) -> bool:
    with suppress(OSError, ValueError):
        port, password = urlsplit(address).port, urlsplit(address).password
        return bool(port and password) and _free_port(port or 0) == port
    return False
