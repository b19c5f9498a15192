"""Counting distinct keys."""

from importers.tables.distinct import DistinctCounter


def test_keys_are_counted_once_however_often_they_come() -> None:
    counter = DistinctCounter()
    for number in range(10_000):
        counter.add(str(number % 2_500))
        counter.add(str(number % 2_500))
    assert counter.count == 2_500
    counter.add("7")
    counter.add("new")
    assert counter.count == 2_501
