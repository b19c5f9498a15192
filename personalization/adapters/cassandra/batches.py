"""Many statements in few requests: rows of one partition travel together, sixteen at a time."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from cassandra.cluster import ResponseFuture
from cassandra.query import UNSET_VALUE, BatchStatement, BatchType, BoundStatement

from personalization.adapters.cassandra.connection import (
    CassandraConnection,
    Row,
    translated_errors,
)

ROWS_PER_BATCH = 10
IN_FLIGHT = 16
"""With batches of ten this writes an order of magnitude more rows a second than single rows;
more of either only makes the coordinator's queues longer."""
ROWS_OF_A_PAGE = 2_000
ROWS_AT_ONCE = 5_000
"""Rows that are grouped by partition at a time, which bounds memory."""


def present(values: Sequence[Any]) -> tuple[Any, ...]:
    """Return the values with the absent ones left unset: a null would be stored as a tombstone."""
    return tuple(UNSET_VALUE if value is None else value for value in values)


class Write(NamedTuple):
    partition: Hashable
    statement: str
    values: Sequence[Any]


def write_rows(connection: CassandraConnection, writes: Iterable[Write]) -> None:
    """Write the rows, streaming; after `StoreUnavailableError` all may be written again."""
    remaining = iter(writes)
    while chunk := list(islice(remaining, ROWS_AT_ONCE)):
        requests = (_request(connection, batch) for batch in _batches(chunk))
        for _ in _answers(connection, requests):
            pass


def read_each(
    connection: CassandraConnection, statement: str, parameters: Iterable[Sequence[Any]]
) -> Iterator[list[Row]]:
    """Yield the rows of a statement for each of the parameters, in their order."""
    prepared = connection.prepare_once(statement)
    yield from _answers(connection, (prepared.bind(parameter) for parameter in parameters))


def read_pages(connection: CassandraConnection, statement: str) -> Iterator[list[Row]]:
    """Yield all rows of a statement without parameters, some thousands at a time."""
    with translated_errors():
        # The driver's own iterator begins its page anew each time that it is asked for.
        rows = (row for row in connection.execute(statement))
        while page := list(islice(rows, ROWS_OF_A_PAGE)):
            yield page


def _batches(writes: Sequence[Write]) -> Iterator[list[Write]]:
    # Rows of several tables, too: under one key they are one mutation, whose size has no limit
    # of batches, and one request costs the driver as much as encoding what it carries.
    by_partition: dict[Hashable, list[Write]] = {}
    for write in writes:
        by_partition.setdefault(write.partition, []).append(write)
    for rows in by_partition.values():
        for start in range(0, len(rows), ROWS_PER_BATCH):
            yield rows[start : start + ROWS_PER_BATCH]


def _request(
    connection: CassandraConnection, rows: Sequence[Write]
) -> BoundStatement | BatchStatement:
    bound = [connection.prepare_once(write.statement).bind(write.values) for write in rows]
    if len(bound) == 1:
        return bound[0]
    batch = BatchStatement(BatchType.UNLOGGED)
    batch.is_idempotent = True
    for values in bound:
        batch.add(values)
    return batch


def _answers(
    connection: CassandraConnection, requests: Iterable[BoundStatement | BatchStatement]
) -> Iterator[list[Row]]:
    """Yield the answers in order, keeping a bounded number of requests under way."""
    under_way: list[ResponseFuture | None] = []
    remaining = iter(requests)
    with translated_errors():
        session = connection.session()
        under_way.extend(map(session.execute_async, islice(remaining, IN_FLIGHT)))
        place = 0
        while place < len(under_way):
            current = under_way[place]
            rows = list(current.result()) if current is not None else []
            under_way[place] = None  # its rows are the caller's now
            place += 1
            under_way.extend(map(session.execute_async, islice(remaining, 1)))
            yield rows
