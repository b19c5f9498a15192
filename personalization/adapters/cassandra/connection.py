"""One lazy session per process, statements prepared once, driver errors translated once."""

import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cassandra import (
    ConsistencyLevel,
    DriverException,
    OperationTimedOut,
    RequestExecutionException,
)
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import (
    EXEC_PROFILE_DEFAULT,
    Cluster,
    ExecutionProfile,
    NoHostAvailable,
    ResultSet,
    Session,
)
from cassandra.connection import ConnectionException
from cassandra.policies import (
    ConstantReconnectionPolicy,
    DCAwareRoundRobinPolicy,
    TokenAwarePolicy,
)
from cassandra.query import PreparedStatement, tuple_factory

from personalization.adapters.cassandra.migrations import migrate
from personalization.domain.errors import StoreUnavailableError
from personalization.settings.cassandra import CassandraSettings

RECONNECT_SECONDS = 0.5
"""How often a node that went away is tried: a restart is noticed within a second."""
CONNECT_AGAIN_SECONDS = 0.5
"""After the cluster could not be reached at all, calls fail at once for this long."""
HEARTBEAT_SECONDS = 2.0
PROTOCOL = 5
"""Of Cassandra 4 and newer. Named, it is not searched for by connections that fail."""
DEFAULT_PORT = 9042
_AT_ONCE = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
"""Else the second of several requests waits 40 ms for the first one's acknowledgement by TCP."""
_TABLE = re.compile(r"\b(FROM|INTO|UPDATE) (\w+)")
_UNAVAILABLE = (
    NoHostAvailable, OperationTimedOut, RequestExecutionException, ConnectionException, OSError,
)  # fmt: skip

Row = tuple[Any, ...]


class CassandraConnection:
    """Shared by the stores of a process; connects when first used, and again by itself."""

    def __init__(self, settings: CassandraSettings) -> None:
        self.settings = settings
        self.keyspace = settings.keyspace
        self._lock = threading.Lock()
        self._cluster: Cluster | None = None
        self._session: Session | None = None
        self._statements: dict[str, PreparedStatement] = {}
        self._failed_at = float("-inf")
        self._failure = ""

    def session(self) -> Session:
        """Return the session; `StoreUnavailableError` while no node answers."""
        if self._session is not None:
            return self._session
        with self._lock:
            if self._session is None:
                self._session = self._connect()
            return self._session

    def prepare_once(self, statement: str) -> PreparedStatement:
        """Return the prepared statement; the driver prepares it again on nodes that forgot it."""
        known = self._statements.get(statement)
        if known is not None:
            return known
        session = self.session()
        # One thread prepares: at a start all of them ask for the same few statements.
        with self._lock:
            known = self._statements.get(statement)
            if known is None:
                with translated_errors():
                    known = session.prepare(_with_keyspace(statement, self.keyspace))
                # Everything here may be repeated: keys and timestamps come from the data.
                known.is_idempotent = True
                self._statements[statement] = known
            return known

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> ResultSet:
        """Run one statement; rows are tuples in the order of its columns."""
        prepared = self.prepare_once(statement)
        with translated_errors():
            return self.session().execute(prepared, parameters)

    def close(self) -> None:
        with self._lock:
            if self._cluster is not None:
                self._cluster.shutdown()
            self._cluster = self._session = None

    def _connect(self) -> Session:
        if time.monotonic() - self._failed_at < CONNECT_AGAIN_SECONDS:
            raise StoreUnavailableError(self._failure)
        cluster = self._new_cluster()
        try:
            with translated_errors():
                session = cluster.connect()
                migrate(session, self.settings)
        except BaseException as error:
            cluster.shutdown()
            self._failed_at, self._failure = time.monotonic(), str(error)
            raise
        self._cluster = cluster
        return session

    def _new_cluster(self) -> Cluster:
        settings = self.settings
        password = settings.password.get_secret_value() if settings.password else ""
        auth = PlainTextAuthProvider(settings.username, password) if settings.username else None
        # Without a name the driver takes the data centre of the first contact point.
        balancing = DCAwareRoundRobinPolicy(local_dc=settings.local_datacenter or "")
        profile = ExecutionProfile(
            load_balancing_policy=TokenAwarePolicy(balancing),
            consistency_level=ConsistencyLevel.name_to_value[settings.consistency],
            serial_consistency_level=ConsistencyLevel.LOCAL_SERIAL,
            request_timeout=settings.timeout_seconds,
            row_factory=tuple_factory,
        )
        return Cluster(
            contact_points=contact_points(settings.contact_points or ""),
            execution_profiles={EXEC_PROFILE_DEFAULT: profile},
            protocol_version=PROTOCOL,
            sockopts=_AT_ONCE,
            auth_provider=auth,
            reconnection_policy=ConstantReconnectionPolicy(RECONNECT_SECONDS, max_attempts=None),
            idle_heartbeat_interval=HEARTBEAT_SECONDS,
            idle_heartbeat_timeout=HEARTBEAT_SECONDS,
            connect_timeout=settings.timeout_seconds,
            control_connection_timeout=settings.timeout_seconds,
        )


def _with_keyspace(statement: str, keyspace: str) -> str:
    """Return the statement with its keyspace: without, a node warns of it at every preparation."""
    return _TABLE.sub(rf"\1 {keyspace}.\2", statement, count=1)


def contact_points(text: str) -> list[tuple[str, int]]:
    """Return the nodes of a list such as `one:9042,two:9042`; the port may be left out."""
    points = []
    for pair in text.split(","):
        host, _, port = pair.strip().rpartition(":")
        points.append((host, int(port)) if host else (port, DEFAULT_PORT))
    return points


@contextmanager
def translated_errors() -> Iterator[None]:
    try:
        yield
    except _UNAVAILABLE as error:
        raise StoreUnavailableError(f"cassandra: {_sentence_of(error)}") from error
    except DriverException as error:
        if "shutdown" in str(error):
            raise StoreUnavailableError(f"cassandra: {error}") from error
        raise


def _sentence_of(error: Exception) -> str:
    """Return a sentence for an error whose own text is a table of nodes and tracebacks."""
    if isinstance(error, NoHostAvailable):
        # By node while a request was made, a bare list while connecting.
        found = error.errors.values() if isinstance(error.errors, dict) else error.errors or ()
        reasons = {str(cause) for cause in found}
        return "no node answers" + (f" ({'; '.join(sorted(reasons))[:200]})" if reasons else "")
    return str(error)[:300]
