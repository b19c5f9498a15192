"""Whose pages may send, and by which names the server is called."""

import pytest

from api.http.sender_check import AnsweredHosts, is_same_origin
from personalization.settings.serving import ServingSettings


@pytest.mark.parametrize(
    ("origin", "scheme", "host", "ours"),
    [
        ("http://shop.example", "http", "shop.example", True),
        ("http://shop.example:80", "http", "shop.example", True),
        ("http://SHOP.example", "http", "shop.example", True),
        ("https://shop.example", "https", "shop.example:443", True),
        ("http://[::1]:8000", "http", "[::1]:8000", True),
        # A proxy that is not listed took off the TLS.
        ("https://shop.example", "http", "shop.example", True),
        ("http://shop.example", "https", "shop.example", False),
        ("http://shop.example:8080", "http", "shop.example", False),
        ("http://evil.example", "http", "shop.example", False),
        ("http://shop.example.evil.example", "http", "shop.example", False),
        ("http://shop.example@evil.example", "http", "shop.example", False),
        ("http://evil.example/shop.example", "http", "shop.example", False),
        ("null", "http", "shop.example", False),
        ("", "http", "", False),
        ("http://", "http", "", False),
        ("http://shop.example:x", "http", "shop.example", False),
        ("http://[", "http", "[", False),
        ("http://" + "a" * 10_000, "http", "a" * 10_000, False),
        ("file://shop.example", "http", "shop.example", False),
    ],
)
def test_an_origin_is_ours_by_scheme_name_and_port(
    origin: str, scheme: str, host: str, *, ours: bool
) -> None:
    assert is_same_origin(origin, {"scheme": scheme}, host) is ours


@pytest.mark.parametrize(
    ("settings", "host", "answered"),
    [
        (ServingSettings(), "127.0.0.1:8000", True),
        (ServingSettings(), "localhost", True),
        (ServingSettings(), "shop.localhost:8000", True),
        (ServingSettings(), "[::1]:8000", True),
        (ServingSettings(), "", True),
        (ServingSettings(), "evil.example:8000", False),
        (ServingSettings(), "192.168.1.7", False),
        (ServingSettings(), "[", False),
        (ServingSettings(trusted_proxies=("127.0.0.1",)), "shop.example", True),
        (ServingSettings(host="0.0.0.0"), "shop.example", True),  # noqa: S104 - as containers do
        (ServingSettings(allowed_hosts=("shop.example",)), "Shop.Example:443", True),
        (ServingSettings(allowed_hosts=("shop.example",)), "localhost", False),
        (ServingSettings(allowed_hosts=("*.shop.example",)), "de.shop.example", True),
        (ServingSettings(allowed_hosts=("*.shop.example",)), "shop.example", False),
        (ServingSettings(allowed_hosts=("*",)), "anything", True),
    ],
)
def test_a_server_answers_to_its_own_names(
    settings: ServingSettings, host: str, *, answered: bool
) -> None:
    assert AnsweredHosts(settings).include(host) is answered
