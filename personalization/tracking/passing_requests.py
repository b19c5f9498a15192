"""Requests behind which nobody looks at anything: they are answered, and they do not count.

Only those that say so themselves can be told: programs that pretend to be browsers cannot.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Final

from personalization.tracking.client_hints import HEADER_READ

PURPOSE_HEADERS: Final = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_SPEAK_OF_THEMSELVES: Final = (
    # What most of them call themselves, and what they do.
    "bot", "crawl", "spider", "slurp", "scrape", "scrapy", "archiver", "nutch", "heritrix",
    "httrack", "screaming frog", "validator", "feedfetcher", "feedburner",
    # Of search engines and assistants, without those words.
    "apis-google", "mediapartners-google", "google-inspectiontool", "google-extended",
    "googleother", "google-read-aloud", "google-safety", "google favicon", "bingpreview",
    "chatgpt-user", "claude-user", "claude-web", "anthropic-ai", "cohere-ai", "perplexity-user",
    "mistralai-user", "meta-externalagent", "meta-externalfetcher", "yandeximages",
    # Previews of links in messages and posts.
    "facebookexternalhit", "facebookcatalog", "embedly", "whatsapp/", "skypeuripreview",
    "slack-imgproxy", "vkshare", "outbrain", "flipboardproxy", "iframely",
    # Measuring and watching pages, and making pictures of them.
    "lighthouse", "gtmetrix", "pagespeed", "ptst/", "pingdom", "statuscake", "site24x7",
    "datadogsynthetics", "newrelicpinger", "catchpoint", "prerender", "rendertron", "phantomjs",
)  # fmt: skip
"""In lower case; found anywhere in a User-Agent. HTTP libraries are not among them, since the
shop's own servers send events by those, nor headless browsers, which its tests run in."""
_LIKE_THEM: Final = ("cubot",)
"""Devices of people whose names contain a word of the list."""
_AHEAD: Final = ("prefetch", "prerender", "preview")


class PassingReason(StrEnum):
    CRAWLER = "crawler"
    PREFETCH = "prefetch"
    """The browser loads ahead what perhaps nobody will open."""
    HEAD = "head"
    """Only the headers were asked for."""


def passing_reason(user_agent: str, purposes: Iterable[str]) -> PassingReason | None:
    """Return why a request does not count, by its User-Agent and what it says it is for."""
    for purpose in filter(None, purposes):
        if any(word in purpose[:HEADER_READ].lower() for word in _AHEAD):
            return PassingReason.PREFETCH
    return PassingReason.CRAWLER if _speaks_of_itself(user_agent[:HEADER_READ]) else None


@lru_cache(maxsize=1_024)
def _speaks_of_itself(user_agent: str) -> bool:
    agent = user_agent.lower()
    for device in _LIKE_THEM:
        agent = agent.replace(device, "")
    return any(word in agent for word in _SPEAK_OF_THEMSELVES)
