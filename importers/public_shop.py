"""Fetching the public clothing shop (UCI 553) when no file is given, within a bounded time."""

import multiprocessing
from collections.abc import Callable
from http.client import HTTPException
from multiprocessing.connection import Connection
from pathlib import Path

UCI_NUMBER = 553
FILE_NAME = "e-shop-clothing-2008.csv"
Fetch = Callable[[Path], None]


def fetch_public_shop(target: Path) -> None:
    """Write the data set to `target` as CSV with its original columns."""
    from ucimlrepo import fetch_ucirepo

    fetch_ucirepo(id=UCI_NUMBER).data.original.to_csv(target, index=False)


def fetched_within(seconds: float, fetch: Fetch, target: Path) -> str | None:
    """Run `fetch` and return None once `target` is whole, or why it is not.

    It runs in a process of its own, which is ended when the time is over: a connection that
    hangs inside a library cannot be interrupted otherwise.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    processes = multiprocessing.get_context("spawn")
    here, there = processes.Pipe(duplex=False)
    child = processes.Process(target=_run, args=(fetch, part, there), daemon=True)
    child.start()
    there.close()
    try:
        if not here.poll(seconds):
            return f"no answer within {seconds:g} s"
        refusal: str | None = here.recv()
    except EOFError:
        return "the download ended without a word"
    finally:
        child.kill()
        child.join()
        child.close()
        here.close()
    if refusal is None:
        part.replace(target)
    return refusal


def _run(fetch: Fetch, part: Path, answer: Connection) -> None:
    try:
        fetch(part)
    except (OSError, ValueError, LookupError, HTTPException, ImportError) as error:
        answer.send(f"{type(error).__name__}: {error}")
    else:
        answer.send(None)
