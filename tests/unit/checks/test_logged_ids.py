"""The check that refuses logging calls which name visits or people."""

import ast

import pytest

from checks.logged_ids import refused_log_fields
from checks.python_files import PythonFile


def names_in(body: str, name: str = "api/some.py") -> list[str]:
    text = "def work(session_id, event, count):\n" + "".join(
        f"    {line}\n" for line in body.splitlines()
    )
    return [finding.name for finding in refused_log_fields(PythonFile(name, ast.parse(text), 9))]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ('_LOG.info("x", extra={"fields": {"session_id": 1}})', "session_id"),
        ('_LOG.warning("of %s", session_id)', "session_id"),
        ('logger.exception(f"of {event.user_id}")', "user_id"),
        ('self._log.error("x", extra={"fields": {"who": event.event_id}})', "event_id"),
        ('fields = {"order_id": 1}\n_LOG.info("x", extra={"fields": fields})', "order_id"),
    ],
)
def test_a_line_that_names_somebody_is_refused(body: str, name: str) -> None:
    assert name in names_in(body)
    assert names_in(body, "tests/unit/test_some.py") == []


@pytest.mark.parametrize(
    "body",
    [
        '_LOG.info("x", extra={"fields": {"sessions": count}})',
        'fields = {"session_id": session_id}\nstore.write(fields)',
        "events.append(session_id)",
    ],
)
def test_counts_and_what_is_no_log_are_right(body: str) -> None:
    assert names_in(body) == []
