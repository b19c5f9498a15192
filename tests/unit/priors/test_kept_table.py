"""Rows are read once, come in the order asked for, and never more stay than may."""

from collections.abc import Sequence

from personalization.priors.kept_table import KeptTable


class Reader:
    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []

    def __call__(self, ids: Sequence[str]) -> list[list[float]]:
        self.asked.append(list(ids))
        return [[float(len(name)), float(ord(name[0]))] for name in ids]


def test_each_row_is_read_once() -> None:
    read, table = Reader(), KeptTable(2, 10)

    first = table.rows(["b", "aa"], read)
    again = table.rows(["aa", "b", "ccc", "aa"], read)

    assert first.tolist() == [[1.0, 98.0], [2.0, 97.0]]
    assert again.tolist() == [[2.0, 97.0], [1.0, 98.0], [3.0, 99.0], [2.0, 97.0]]
    assert read.asked == [["b", "aa"], ["ccc"]]


def test_what_is_returned_is_a_copy() -> None:
    read, table = Reader(), KeptTable(2, 10)
    table.rows(["b"], read)[:] = 0.0

    assert table.rows(["b"], read).tolist() == [[1.0, 98.0]]


def test_where_more_would_stay_than_may_it_begins_anew() -> None:
    read, table = Reader(), KeptTable(2, 2)
    table.rows(["a", "b"], read)

    assert table.rows(["c", "a"], read).tolist() == [[1.0, 99.0], [1.0, 97.0]]
    assert len(table) == 2
    assert read.asked == [["a", "b"], ["c", "a"]]


def test_nothing_asked_is_nothing_read() -> None:
    read = Reader()

    assert KeptTable(2, 2).rows([], read).shape == (0, 2)
    assert read.asked == []
