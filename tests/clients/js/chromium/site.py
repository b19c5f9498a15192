"""A shop's own site, which has one page and stands elsewhere than the API."""

from http.server import BaseHTTPRequestHandler

from tests.integration.api.another_site.site import answer


class OnePageSite(BaseHTTPRequestHandler):
    page = ""
    policy = ""
    """Its content security policy, if it has one."""

    def do_GET(self) -> None:
        # A browser asks for an icon by itself.
        body = self.page if self.path == "/" else ""
        headers = {"content-type": "text/html; charset=utf-8"}
        if self.policy:
            headers["content-security-policy"] = self.policy
        answer(self, body.encode(), headers)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (as in the class)
        """Say nothing."""
