"""From where a feed may be fetched."""

import pytest

from importers.feeds.addresses import check_url
from importers.feeds.feed_folder import FeedFolder
from personalization.domain.errors import ImportRejectedError
from personalization.settings.feeds import FeedSettings

SETTINGS = FeedSettings(allowed_hosts=("feeds.shop.example", ".cdn.example"))
EVERY_ADDRESS = FeedSettings(
    allow_http=True,
    allowed_hosts=(
        "127.0.0.1", "169.254.169.254", "10.0.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0",  # noqa: S104 - what is refused
        "2130706433", "127.1", "8.8.8.8", "::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1",
        "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "2606:4700::1111",
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    "url",
    [
        "https://feeds.shop.example/a.xml",
        "https://FEEDS.shop.example:8443/a.xml?key=1",
        "https://user:word@eu.cdn.example/a.csv.gz",
    ],
)
def test_hosts_of_the_list_may_be_asked(url: str) -> None:
    assert str(check_url(url, SETTINGS)).casefold() == url.casefold()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://shop.example/a.xml", "FITTING_ROOM_FEEDS_ALLOWED_HOSTS"),
        ("https://cdn.example/a.xml", "ALLOWED_HOSTS"),
        ("https://evilcdn.example/a.xml", "ALLOWED_HOSTS"),
        ("https://feeds.shop.example@evil.example/", "fetched from evil.example"),
        ("https://feeds.shop.example.evil.example/", "ALLOWED_HOSTS"),
        ("http://feeds.shop.example/a.xml", "without encryption"),
        ("file:///etc/passwd", "begins with https://"),
        ("ftp://feeds.shop.example/a", "begins with https://"),
        ("https:///a", "begins with https://"),
        ("https://[::1/a", "no address"),
    ],
)
def test_whatever_else_is_refused_with_what_to_set(url: str, message: str) -> None:
    with pytest.raises(ImportRejectedError, match=message):
        check_url(url, SETTINGS)


@pytest.mark.parametrize("host", EVERY_ADDRESS.allowed_hosts)
def test_addresses_of_the_local_network_are_refused_in_every_spelling(host: str) -> None:
    url = f"http://[{host}]/" if ":" in host else f"http://{host}/"
    if host in {"8.8.8.8", "::ffff:8.8.8.8", "2606:4700::1111"}:
        check_url(url, EVERY_ADDRESS)
        return
    with pytest.raises(ImportRejectedError, match=r"local network|no address of the internet"):
        check_url(url, EVERY_ADDRESS)


@pytest.mark.parametrize("name", ["", "../up", "A", "a/b", "x" * 65])
def test_a_name_that_could_be_a_path_is_refused(name: str, tmp_path: object) -> None:
    with pytest.raises(ImportRejectedError, match="small letters"):
        FeedFolder(tmp_path, name)  # type: ignore[arg-type] # never used
