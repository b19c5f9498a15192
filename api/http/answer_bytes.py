"""An answer as it goes over the wire, made once for all who get it."""

from typing import NamedTuple

from starlette.responses import Response

from api.http.safe_headers import with_safe_headers


class AnswerBytes(NamedTuple):
    status: int
    fields: bytes
    """Header lines, without those that the server adds to every answer."""
    body: bytes

    def with_lines(self, lines: bytes) -> "AnswerBytes":
        return self._replace(fields=self.fields + lines)


def answer_bytes(response: Response) -> AnswerBytes:
    """Return what is sent of a response, with the headers that every answer carries."""
    fields = with_safe_headers(response.raw_headers)
    lines = b"".join(b"%b: %b\r\n" % field for field in fields)
    return AnswerBytes(response.status_code, lines, bytes(response.body))
