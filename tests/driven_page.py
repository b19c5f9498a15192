"""A page in a real browser that a test drives: what it shows, and what it sends."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.integration.api.another_site.chromium import browse
from tests.waiting import eventually

PATIENCE_SECONDS: Final = 60.0
"""A browser's first start is slow where two processors are busy."""
_BLANK: Final = "about:blank"


class AnswerGoneError(AssertionError):
    """The browser has the body no more."""


class DrivenPage:
    """One tab, by the protocol of Chromium's developer tools."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._calls = 0
        self.requests: list[dict[str, Any]] = []
        """What the page has sent, oldest first: method, url, headers, postData."""
        self._urls: dict[str, str] = {}
        self._answered: list[str] = []
        self.faults: list[str] = []
        """Exceptions that nobody caught."""
        self.refused: list[str] = []
        """Answers other than success, and requests that had none."""
        for domain in ("Network", "Page", "Runtime"):
            self._call(f"{domain}.enable")

    def go(self, url: str) -> None:
        self._call("Page.navigate", url=url)

    def read(self, expression: str) -> Any:
        """Return what JavaScript makes of it in the page; raises what it throws."""
        answer = self._call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Return once it holds in the page, also in one that is only just loading."""
        try:
            eventually(lambda: self.read(f"Boolean({expression})") is True, PATIENCE_SECONDS)
        except AssertionError as error:
            shown = self.read("document.body?.innerText")
            error.add_note(f"refused: {self.refused}; faults: {self.faults}; shown: {shown}")
            raise

    def sent_to(self, path: str) -> list[dict[str, Any]]:
        """Return the JSON bodies that went there so far."""
        self.read("0")
        there = [request for request in self.requests if request["url"].endswith(path)]
        return [json.loads(sent["postData"]) for sent in there if sent.get("postData")]

    def answers_from(self, path: str) -> list[dict[str, Any]]:
        """Return the JSON that came from there so far; a page that is left takes its own along."""
        self.read("0")
        ids = [own_id for own_id in self._answered if self._urls.get(own_id, "").endswith(path)]
        bodies = []
        for own_id in ids:
            with suppress(AnswerGoneError):
                bodies.append(self._call("Network.getResponseBody", requestId=own_id)["body"])
        return [json.loads(body) for body in bodies if body]

    def save_picture(self, path: Path) -> None:
        answer = self._call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(answer["data"]))

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._calls += 1
        self._connection.send(json.dumps({"id": self._calls, "method": method, "params": params}))
        while True:
            told = json.loads(self._connection.recv(timeout=PATIENCE_SECONDS))
            if told.get("id") == self._calls:
                if "error" in told:
                    if method == "Network.getResponseBody":
                        raise AnswerGoneError(told["error"])
                    raise AssertionError(f"{method}: {told['error']}")
                return dict(told["result"])
            self._hear(told)

    def _hear(self, told: dict[str, Any]) -> None:
        if told.get("method") == "Network.requestWillBeSent":
            self.requests.append(told["params"]["request"])
            if told["params"]["request"]["method"] != "OPTIONS":
                self._urls[told["params"]["requestId"]] = told["params"]["request"]["url"]
        elif told.get("method") == "Network.loadingFinished":
            self._answered.append(told["params"]["requestId"])
        elif told.get("method") == "Network.responseReceived":
            answer = told["params"]["response"]
            if answer["status"] >= HTTPStatus.BAD_REQUEST:
                self.refused.append(f"{answer['status']} {answer['url']}")
        elif told.get("method") == "Network.loadingFailed":
            url = self._urls.get(told["params"]["requestId"], "")
            self.refused.append(f"{told['params']['errorText']} {url}")
        elif told.get("method") == "Runtime.exceptionThrown":
            self.faults.append(json.dumps(told["params"]["exceptionDetails"]))


@contextmanager
def driven_page(profile: Path) -> Iterator[DrivenPage]:
    """Open an empty tab; without a browser the test is skipped, and fails in CI."""
    port_file = profile / "DevToolsActivePort"
    with browse(_BLANK, profile, "--remote-debugging-port=0", "--window-size=1280,1600"):
        eventually(lambda: "\n" in _text(port_file), PATIENCE_SECONDS)
        tabs = f"http://127.0.0.1:{_text(port_file).splitlines()[0]}/json/list"
        [tab] = [tab for tab in httpx.get(tabs).json() if tab["type"] == "page"]
        address = tab["webSocketDebuggerUrl"]
        with connect(address, max_size=None, compression=None) as connection:
            yield DrivenPage(connection)


def _text(file: Path) -> str:
    return file.read_text("utf-8") if file.exists() else ""
