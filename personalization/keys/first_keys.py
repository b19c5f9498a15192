"""The keys that a server needs as it starts: given by a file, made for this machine, or missing."""

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from personalization.domain.clock import Clock, GrowingPause
from personalization.domain.errors import InvalidKeyError, NoKeysError, StoreUnavailableError
from personalization.keys.editor import KeyEditor, Operator
from personalization.keys.key_book import KeyBook, KeyIndex
from personalization.keys.key_text import parse_key_text
from personalization.keys.keys_file import KeysFile, make_keys_file, read_keys_file, register_keys
from personalization.keys.origins import DEVELOPMENT_ORIGINS

DEVELOPMENT_FILE: Final = "development_keys.json"
RETRY_SECONDS: Final = 1.0
_START: Final = Operator("start of a server")
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedPlace:
    """Where a server answers, and what it was given."""

    home: Path
    address: str
    is_own: bool
    """Nobody from elsewhere can call: on loopback, with no proxy before it."""
    keys_file: Path | None = None
    page_key: str | None = None

    @property
    def development_file(self) -> Path:
        return self.home / DEVELOPMENT_FILE


@dataclass(frozen=True, slots=True)
class FirstKeys:
    page_key: str | None
    """The text that the served page carries."""
    notice: str = ""
    """For whoever started the server."""


class KeyStart:
    """Registers the keys of a file, makes those of this machine, or refuses to go on."""

    def __init__(self, editor: KeyEditor, clock: Clock, place: ServedPlace) -> None:
        self._editor = editor
        self._clock = clock
        self._place = place

    @contextmanager
    def keys(self) -> Iterator[FirstKeys]:
        """Yield the keys for as long as the server runs.

        While the store is away the server starts all the same, and a thread registers the file's
        keys once it is back. Raises `NoKeysError` where nobody could call the server, and
        `InvalidKeyError` for a file that has none.
        """
        given = self._given_file()
        with ExitStack() as running:
            try:
                found = self._prepare(given)
            except StoreUnavailableError as error:
                fields = {"error": str(error)}
                _LOG.warning("the keys cannot be read, the server starts", extra={"fields": fields})
                found = FirstKeys(self._place.page_key or (given.page_key() if given else None))
                running.enter_context(self._trying_again(given))
            yield found

    def _given_file(self) -> KeysFile | None:
        place = self._place
        if place.keys_file is not None:
            return read_keys_file(place.keys_file)
        if place.is_own and place.development_file.exists():
            return read_keys_file(place.development_file)
        return None

    def _prepare(self, given: KeysFile | None) -> FirstKeys:
        place = self._place
        is_given = place.keys_file is not None
        notice = ""
        if given is not None:
            register_keys(self._editor, given, _START, is_development=not is_given)
            notice = (
                ""
                if is_given
                else f"Development keys of this machine: {self._place.development_file}\n"
            )
        book = self._editor.book()
        if not book.has_own_key(self._clock.now()):
            if not place.is_own:
                raise NoKeysError(self._refusal())
            if given is None:
                given, notice = self._make()
                book = self._editor.book()
        return FirstKeys(place.page_key or self._page_key(given, book), notice)

    def _make(self) -> tuple[KeysFile, str]:
        file = self._place.development_file
        # Of two processes that start at once one makes the file, and both register what it has.
        try:
            made = make_keys_file(file, DEVELOPMENT_ORIGINS)
        except InvalidKeyError:
            made = read_keys_file(file)
        register_keys(self._editor, made, _START, is_development=True)
        page, owner = made.keys
        notice = (
            f"Development keys of this machine were made, and are in {file}:\n"
            f"  {page.text}  publishable: the page has it\n"
            f"  {owner.text}  secret, an owner's: for your server and /v1/admin, as the header "
            "x-fitting-room-key; keep it to yourself\n"
        )
        return made, notice

    def _page_key(self, given: KeysFile | None, book: KeyBook) -> str | None:
        """Return the text for pages, unless it was revoked or rotated away."""
        text = given.page_key() if given else None
        parsed = parse_key_text(text) if text else None
        verified = KeyIndex(book).verify(parsed) if parsed else None
        return text if verified is not None and verified.holds(self._clock.now()) else None

    def _refusal(self) -> str:
        place = self._place
        create = f"fitting-room keys create --home {place.home}"
        return (
            f"Nobody could call this server: it answers at {place.address} or behind a proxy, and "
            "no key is in force. Make one for an owner and one for your pages:\n"
            f"  {create} --secret --role owner\n"
            f"  {create} --publishable --origin https://YOUR.SHOP\n"
            "or name a file of keys in FITTING_ROOM_KEYS_FILE: docs/keys.md."
        )

    @contextmanager
    def _trying_again(self, given: KeysFile | None) -> Iterator[None]:
        stopping = threading.Event()
        trying = threading.Thread(target=self._try, args=(given, stopping), name="first keys")
        trying.start()
        try:
            yield
        finally:
            stopping.set()
            trying.join()

    def _try(self, given: KeysFile | None, stopping: threading.Event) -> None:
        pause = GrowingPause(RETRY_SECONDS)
        while not stopping.wait(pause.seconds()):
            try:
                self._prepare(given)
            except StoreUnavailableError:
                continue
            except (InvalidKeyError, NoKeysError) as error:
                _LOG.error("the server has no keys", extra={"fields": {"error": str(error)}})
            return
