"""Hands the result of one publish on to whoever waits for another."""

from concurrent.futures import Future


def pass_on(source: Future[None], target: Future[None]) -> None:
    """Let `target` end as `source` has."""
    error = source.exception()
    if error is None:
        target.set_result(None)
    else:
        target.set_exception(error)
