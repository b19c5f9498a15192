from collections.abc import Iterable
from functools import partial
from typing import TypeVar

_Tuple = TypeVar("_Tuple", bound=tuple[object, ...])


def make_all(kind: type[_Tuple], rows: Iterable[tuple[object, ...]]) -> list[_Tuple]:
    """Return a named tuple for each row of all its fields, unchecked.

    Its own constructor is a Python function, which takes three times as long; a decision makes
    some three hundred.
    """
    return list(map(partial(tuple.__new__, kind), rows))
