import asyncio

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api.http.service_app import ServiceApp


def shown_cookies(*cookies: str) -> str:
    """Return the cookies that a route of ours is shown."""

    def tell(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.headers["cookie"])

    async def ask() -> str:
        transport = httpx.ASGITransport(ServiceApp(routes=[Route("/", tell)]))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get("/", headers={"cookie": "; ".join(cookies)})).text

    return asyncio.run(ask())


def test_no_route_is_shown_a_cookie_that_takes_long_to_parse() -> None:
    # Python's parser takes half a second for 16 KiB of either.
    escapes, octals = '"' + '\\"' * 7_000 + '"', '"' + "\\1" * 7_000 + '"'

    assert (
        shown_cookies(f"a={escapes}", f"fr_session={octals}", f"__Host-fr_session={escapes}") == ""
    )


def test_our_own_tokens_are_left_beside_the_cookies_of_others() -> None:
    assert shown_cookies("theme=dark", "fr_session=a.1.b_-", "x", "__Host-fr_session=c.2.d") == (
        "fr_session=a.1.b_-; __Host-fr_session=c.2.d"
    )
