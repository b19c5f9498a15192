"""The contract of the counts of keys."""

from personalization.domain.access.api_key import KeyId
from personalization.domain.access.shop import SHOP, ShopId
from personalization.ports.key_usage import KeyUsage, UsageCount, UsageWindow

MINE = KeyId("k23456789012")
OTHER = KeyId("k23456789013")


def _count(
    amount: int, key_id: KeyId = MINE, shop: ShopId = SHOP, window: UsageWindow = UsageWindow.DAY
) -> UsageCount:
    return UsageCount(shop, key_id, window, amount)


def test_what_processes_add_is_one_count(key_usage: KeyUsage) -> None:
    first, other = key_usage.add([_count(3), _count(5, OTHER)])
    (again,) = key_usage.add([_count(4)])

    assert (first.total, other.total, again.total) == (3, 5, 7)
    assert 86_300 < again.seconds_left <= first.seconds_left <= 86_400


def test_shops_and_windows_count_for_themselves(key_usage: KeyUsage) -> None:
    counts = [_count(1), _count(2, shop=ShopId("other")), _count(4, window=UsageWindow.MINUTE)]

    known = key_usage.add(counts)

    assert [usage.total for usage in known] == [1, 2, 4]
    assert known[2].seconds_left <= 60


def test_nothing_to_add_asks_nobody(key_usage: KeyUsage) -> None:
    assert list(key_usage.add([])) == []
