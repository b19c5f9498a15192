"""The cookie of a session's token: what it is called, and which requests may be given one."""

from collections.abc import Collection
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser

from api.http.own_cookies import COOKIE, SECURE_COOKIE
from api.http.sender_check import OWN_SITES, is_same_origin
from api.sessions.session_tokens import IssuedToken
from personalization.domain.identifiers import SessionId

TOKEN_HEADER: Final = "x-session-token"  # noqa: S105 - the name of the header


def cookie_tokens(sent: str) -> list[str]:
    """Return the tokens of a request's cookies, the one that is harder to plant first."""
    cookies = cookie_parser(sent) if sent else {}
    return [cookies[name] for name in (SECURE_COOKIE, COOKIE) if name in cookies]


def may_have_cookie(request: Request, allowed_origins: Collection[str]) -> bool:
    """Say whether the request was made by a script of the shop's own pages, or by no browser.

    An address that is opened, embedded, prefetched or called by another site's page must not put
    a session into the visitor's browser: it would be one that somebody else has chosen.
    """
    headers = request.headers
    if headers.get("sec-fetch-dest", "empty") != "empty" or _is_navigation(headers):
        return False
    if "sec-purpose" in headers or "purpose" in headers:
        return False
    origin = headers.get("origin")
    if origin in allowed_origins:
        return True
    host = headers.get("host", "")
    if origin is not None and not is_same_origin(origin, request.scope, host):
        return False
    return headers.get("sec-fetch-site", "same-origin") in OWN_SITES


def _is_navigation(headers: Headers) -> bool:
    # Browsers without Sec-Fetch-* give themselves away by what they accept for a page.
    mode = headers.get("sec-fetch-mode")
    return mode == "navigate" if mode else "text/html" in headers.get("accept", "")


def is_secure(scheme: str, headers: Headers) -> bool:
    """Say whether the browser speaks https, if need be to a proxy in front of us.

    What a client says of itself is believed: it can only spoil its own cookie by it.
    """
    forwarded = headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    return "https" in (scheme, forwarded, headers.get("origin", "").partition(":")[0])


def cookie_header(issued: IssuedToken, *, secure: bool) -> str:
    # A duration, not a date: the browser's clock may be wrong.
    attributes = f"Path=/; Max-Age={issued.life_seconds}; HttpOnly; SameSite=Lax"
    if secure:
        return f"{SECURE_COOKIE}={issued.text}; {attributes}; Secure"
    return f"{COOKIE}={issued.text}; {attributes}"


def token_headers(
    issued: IssuedToken | None, request: Request, allowed_origins: Collection[str]
) -> dict[str, str]:
    """Return the headers that hand a new token to its session: a plain one, and the cookie."""
    if issued is None:
        return {}
    answer = {TOKEN_HEADER: issued.text}
    if may_have_cookie(request, allowed_origins):
        secure = is_secure(request.url.scheme, request.headers)
        answer["set-cookie"] = cookie_header(issued, secure=secure)
    return answer


def forgetting_headers(cookies: str, session_id: SessionId) -> list[tuple[str, str]]:
    """Return the headers that take the cookies of a session out of the browser."""
    sent = cookie_parser(cookies) if cookies else {}
    return [
        ("set-cookie", f"{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}")
        for name, secure in ((SECURE_COOKIE, "; Secure"), (COOKIE, ""))
        if session_id in sent.get(name, "").split(".")
    ]
