"""Crawlers by what they call themselves, and pages that are loaded ahead."""

import pytest

from personalization.tracking.passing_requests import PassingReason, passing_reason

CHROME = (
    "Mozilla/5.0 (Linux; Android 14; {device}) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36"
)


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0) Chrome/116",
        "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
        "Mozilla/5.0 (compatible; Baiduspider/2.0)",
        "Mozilla/5.0 (Linux; Android 5.0) (compatible; Bytespider; spider-feedback@bytedance.com)",
        "Mozilla/5.0 AppleWebKit/537.36; compatible; GPTBot/1.2; +https://openai.com/gptbot",
        "Mozilla/5.0 (compatible; ChatGPT-User/1.0; +https://openai.com/bot)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "WhatsApp/2.23.20.0",
        "Mozilla/5.0 (Linux; Android 11; moto g) Chrome/126 Mobile Chrome-Lighthouse",
        "Screaming Frog SEO Spider/19.0",
        "GOOGLEBOT",
    ],
)
def test_what_calls_itself_a_crawler_is_one(agent: str) -> None:
    assert passing_reason(agent, []) is PassingReason.CRAWLER


@pytest.mark.parametrize(
    "agent",
    [
        "",
        CHROME.format(device="CUBOT NOTE 50"),
        CHROME.format(device="Pixel 8"),
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17.5 Safari/605.1.15 DuckDuckGo/7",
        "Mozilla/5.0 (Windows NT 10.0) Chrome/126 YaBrowser/24.6 Safari/537.36",
        "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/126.0.0.0 Safari/537.36",
        "python-httpx/0.27.0",
        "curl/8.5.0",
        # Only the beginning of a header is read.
        " " * 512 + "Googlebot",
    ],
)
def test_browsers_and_the_shops_own_programs_are_none(agent: str) -> None:
    assert passing_reason(agent, ["", "navigate"]) is None


@pytest.mark.parametrize(
    "purpose", ["prefetch", "prefetch;prerender", "Prefetch;anonymous-client-ip", "preview"]
)
def test_what_is_loaded_ahead_says_so(purpose: str) -> None:
    agent = CHROME.format(device="Pixel 8")
    assert passing_reason(agent, ["", purpose]) is PassingReason.PREFETCH
