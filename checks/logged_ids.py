"""Logging calls that name people: a line of a log outlives every erasure."""

import ast
from collections.abc import Iterator
from typing import Final

from checks.names import Finding
from checks.python_files import Function, PythonFile

REFUSED: Final = frozenset(
    {
        "session_id", "session_ids", "session", "user_id", "user_ids", "user", "shop_id",
        "event_id", "event_ids", "order_id", "client_host", "remote_address",
    }
)  # fmt: skip
_METHODS: Final = frozenset(
    {"debug", "info", "warning", "error", "critical", "exception", "log", "log_request"}
)
_LOGGERS: Final = frozenset({"_log", "log", "logger", "_logger", "logging"})
_FIELDS: Final = frozenset({"fields", "extra"})
"""Names of what is handed to a logging call."""


def refused_log_fields(file: PythonFile) -> Iterator[Finding]:
    """Yield ids of people that a logging call, or the fields made for one, name."""
    if file.is_test:
        return
    for function in ast.walk(file.tree):
        if isinstance(function, Function):
            calls = [node for node in ast.walk(function) if _is_logging(node)]
            parts: list[ast.AST] = [*calls]
            if calls:
                parts += [node for node in ast.walk(function) if _makes_fields(node)]
            for part in parts:
                for line, name in _names(part):
                    if name in REFUSED:
                        yield Finding(file.name, line, name, "logged id")


def _is_logging(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
            return method in _METHODS and name.lower() in _LOGGERS
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=name), attr=method)):
            return method in _METHODS and name.lower() in _LOGGERS
    return False


def _makes_fields(node: ast.AST) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name in _FIELDS
        case ast.AnnAssign(target=ast.Name(id=name)):
            return name in _FIELDS
    return False


def _names(part: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(part):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield node.lineno, name
            case ast.Constant(value=str(name)):
                yield node.lineno, name
