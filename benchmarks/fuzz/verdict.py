"""What every answer has to be, whatever was asked."""

from typing import Any

import msgspec

from benchmarks.fuzz.raw_request import RawAnswer, RawRequest

_PROBLEM = "application/problem+json"
_CLIENT_ERROR, _SERVER_ERROR = 400, 500
_NOT_ALLOWED = 405
_TAKEN = (200, 202)
_SAFE = {"x-content-type-options", "cache-control"}
"""Headers of every answer."""


def check_answer(request: RawRequest, answer: RawAnswer) -> None:
    """Raise `AssertionError` with what is wrong with the answer."""
    if answer.status == 0:
        raise AssertionError("the connection was closed without an answer")
    if answer.status >= _SERVER_ERROR:
        raise AssertionError(f"{answer.status}: {answer.body[:300]!r}")
    if answer.status == _NOT_ALLOWED and not answer.headers.get("allow"):
        raise AssertionError("405 without Allow")
    if missing := _SAFE - answer.headers.keys():
        raise AssertionError(f"{answer.status} without {missing}")
    if request.method == b"HEAD":
        return
    body = _decode(answer)
    if answer.status >= _CLIENT_ERROR and "verdicts" not in body:
        _check_problem(answer, body)
    if request.good:
        _check_verdicts(request, answer, body)


def _decode(answer: RawAnswer) -> Any:  # noqa: ANN401 (any JSON)
    if answer.media_type.endswith("json") and answer.body:
        return msgspec.json.decode(answer.body)
    return {}


def _check_problem(answer: RawAnswer, body: Any) -> None:  # noqa: ANN401 (any JSON)
    if answer.media_type != _PROBLEM:
        raise AssertionError(f"{answer.status} as {answer.media_type!r}")
    if body["status"] != answer.status or not body["type"].startswith("/problems/"):
        raise AssertionError(f"not a problem: {body}")


def _check_verdicts(request: RawRequest, answer: RawAnswer, body: Any) -> None:  # noqa: ANN401
    """Expect the good events of a batch to be taken, whatever stands beside them."""
    if answer.status not in _TAKEN:
        raise AssertionError(f"{answer.status} for a batch with good events: {body}")
    verdicts = body["verdicts"]
    if len(verdicts) != request.parts:
        raise AssertionError(f"{request.parts} events, {len(verdicts)} verdicts")
    taken = {verdict["event_id"] for verdict in verdicts if verdict["verdict"] != "rejected"}
    if missing := set(request.good) - taken:
        raise AssertionError(f"good events without good verdicts: {missing}")
