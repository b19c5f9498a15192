"""Whose a request is, behind proxies and without."""

import pytest

from api.edge.addresses import TrustedProxies, address_key


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_limits_count_by_address_and_by_site_in_ipv6(host: str, key: str) -> None:
    assert address_key(host) == key


def _client(proxies: tuple[str, ...], *told: str) -> str:
    headers = [(b"x-forwarded-for", text.encode()) for text in told]
    return TrustedProxies(proxies).client_of("10.0.0.1", headers)[0]


@pytest.mark.parametrize(
    ("told", "client"),
    [
        (("192.0.2.7",), "192.0.2.7"),
        (("192.0.2.7, 10.0.0.2",), "192.0.2.7"),
        (("203.0.113.9, 192.0.2.7",), "192.0.2.7"),
        (("203.0.113.9", "192.0.2.7"), "192.0.2.7"),
        (("192.0.2.7:4711",), "192.0.2.7"),
        (("[2001:db8::1]:80",), "2001:db8::1"),
        (("nonsense",), "10.0.0.1"),
        (("192.0.2.7, " + "9" * 10_000,), "10.0.0.1"),
        ((), "10.0.0.1"),
    ],
)
def test_the_client_is_the_last_address_that_is_no_proxy(
    told: tuple[str, ...], client: str
) -> None:
    assert _client(("10.0.0.0/8",), *told) == client


def test_where_everybody_is_believed_the_last_proxy_says_who_called_it() -> None:
    assert _client(("*",), "203.0.113.9, 192.0.2.7") == "192.0.2.7"


def test_nobody_is_a_proxy_unless_listed() -> None:
    assert "127.0.0.1" not in TrustedProxies(())
    assert "10.1.2.3" in TrustedProxies(("10.0.0.0/8",))
    assert "::ffff:10.1.2.3" in TrustedProxies(("10.0.0.0/8",))
    assert "11.1.2.3" not in TrustedProxies(("10.0.0.0/8", "2001:db8::/32"))
