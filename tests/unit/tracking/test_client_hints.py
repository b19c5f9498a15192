"""What headers tell of a visitor."""

import pytest
from starlette.datastructures import Headers

from api.tracking.request_events import hints_of
from personalization.domain.event import Device
from personalization.tracking.client_hints import device_of, region_of


@pytest.mark.parametrize(
    ("header", "region"),
    [
        ("pl-PL,pl;q=0.9,en-US;q=0.8", "pl"),
        ("en;q=0.9,de-AT", "at"),
        ("zh-Hant-TW", "tw"),
        ("en", None),
        ("", None),
        ("*", None),
    ],
)
def test_the_region_is_the_first_country_of_accept_language(
    header: str, region: str | None
) -> None:
    assert region_of(header) == region


def test_a_header_is_read_no_further_than_a_browser_s_would_go() -> None:
    assert device_of("Android" * 74_898 + "Mobile") is Device.TABLET
    assert device_of("x" * 512 + "iPad") is Device.UNKNOWN
    assert region_of("x," * 256 + "pl-PL") is None


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148", Device.MOBILE),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Mobile Safari/537.36", Device.MOBILE),
        ("Mozilla/5.0 (Linux; Android 13; SM-X700) Safari/537.36", Device.TABLET),
        ("Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) Mobile/15E148", Device.TABLET),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0", Device.DESKTOP),
        ("python-httpx/0.28", Device.UNKNOWN),
    ],
)
def test_the_device_follows_from_the_user_agent(agent: str, device: Device) -> None:
    assert device_of(agent) is device


def test_what_is_stated_wins_and_nonsense_is_passed_over() -> None:
    headers = Headers({"accept-language": "pl-PL", "user-agent": "X11"})
    assert hints_of(headers, "DE", "tablet").region == "de"
    assert hints_of(headers, "De; drop", "watch").region == "pl"
    assert hints_of(headers, None, "watch").device is Device.DESKTOP
