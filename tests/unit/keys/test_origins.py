import pytest

from personalization.domain.errors import InvalidKeyError
from personalization.keys.origins import (
    DEVELOPMENT_ORIGINS,
    is_allowed_origin,
    normal_origin,
    normal_origins,
)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://shop.example", "https://shop.example"),
        (" HTTPS://Shop.Example ", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("http://localhost:*", "http://localhost:*"),
        ("http://xn--sklep-q7a.example", "http://xn--sklep-q7a.example"),
    ],
)
def test_an_origin_is_kept_as_browsers_send_it(written: str, sent: str) -> None:
    assert normal_origin(written) == sent


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*",
        "null",
        "shop.example",
        "//shop.example",
        "https://",
        "https://shop.example/",
        "https://shop.example/page",
        "https://user@shop.example",
        "https://shop.example?x=1",
        "https://shop.example:0",
        "https://shop.example:70000",
        "https://shop.example:08443",
        "https://*.shop.example",
        "https://shop.example:*",
        "https://localhost:*",
        "https://sklep-ż.example",
        "ftp://shop.example",
        "file:///index.html",
        "javascript:alert(1)",
        "https://shop.example\n",
        "https://shop.exa mple",
        "https://" + "a" * 300,
    ],
)
def test_anything_else_is_refused_with_what_to_write(written: str) -> None:
    if written.strip() != written:
        assert normal_origin(written) == written.strip()
        return
    with pytest.raises(InvalidKeyError, match=r"https://shop\.example|http://localhost"):
        normal_origin(written)


def test_origins_are_kept_once_and_not_without_end() -> None:
    assert normal_origins(["https://a.example", "https://A.example:443"]) == ("https://a.example",)
    with pytest.raises(InvalidKeyError, match="51 origins"):
        normal_origins(f"https://s{number}.example" for number in range(51))


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://shop.example", True),
        ("https://shop.example:8443", False),
        ("http://shop.example", False),
        ("https://evil-shop.example", False),
        ("https://shop.example.evil.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_only_the_very_origin_is_allowed(origin: str, *, allowed: bool) -> None:
    assert is_allowed_origin(origin, ["https://shop.example"]) is allowed


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost", True),
        ("http://localhost:3000", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("http://[::1]", True),
        ("https://localhost:3000", False),
        ("http://localhost.evil.example:3000", False),
        ("http://localhost:evil", False),
    ],
)
def test_pages_of_this_machine_may_have_any_port(origin: str, *, allowed: bool) -> None:
    assert is_allowed_origin(origin, DEVELOPMENT_ORIGINS) is allowed
