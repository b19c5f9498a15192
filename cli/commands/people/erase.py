import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cli.commands.people.erasure_wait import ErasureWait
from cli.commands.people.receipt_table import print_receipts
from cli.commands.rule_options import AuthorOption, author_of
from cli.options import HomeOption
from personalization.audit.recording import Auditor
from personalization.domain.clock import SystemClock
from personalization.domain.identifiers import SessionId, ShopUserId, parse_session_id
from personalization.erasure.erasure_request import RequestBook
from personalization.erasure.erasure_service import ErasureService
from personalization.erasure.open_worker import erasure_worker
from personalization.erasure.receipt import ReceiptSigner, SignedReceipt, receipt_of
from personalization.vault.open_keys import open_privacy_keys
from personalization.wiring import CoreSettings, open_checked, open_live

STILL_WAITS = 1
MOST_SESSIONS = 1_000_000


def erase_people_command(
    session: Annotated[
        list[str] | None, typer.Argument(metavar="[SESSION]...", help="Ids of visits.")
    ] = None,
    *,
    user: Annotated[
        list[str] | None,
        typer.Option(help="The shop's own id of a person: all their visits. May be repeated."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Ids of visits, one a line.")
    ] = None,
    author: AuthorOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    home: HomeOption = Path("var"),
) -> None:
    """Erase people from every store, with a signed receipt.

    What serves and what is kept forgets them within a minute; days, priors and models with the next
    night. What a store that is down still has is erased once it is back: the receipt says what
    waits. A command that was killed goes on where it was when it is given again; the role
    `eraser` of the service goes on by itself. Exit code 1 where something of the live part waits.
    """
    named = session_ids(session or [])
    in_file = _check_file(file) if file else 0
    users = list(map(ShopUserId, user or ()))
    if not named and not in_file and not users:
        raise typer.BadParameter("Name a session, a --user, or a --file of sessions.")
    sessions = chain(named, _sessions_in(file) if file else ())
    settings, clock = CoreSettings.of_home(home), SystemClock()
    keys = open_privacy_keys(CoreSettings.of_home(home).privacy, home, clock)
    with open_checked(settings) as kept, open_live(settings, kept) as live:
        book, who = RequestBook(kept.plans), author_of(author)
        # The document of a request, too, has nobody's plain id; kept until it is done, so that
        # rows of a former release are found by whoever works on it.
        names = list(kept.pseudonyms.of_many(users, keep=True).values())
        signer = ReceiptSigner(keys, clock)
        service = ErasureService(book, signer, Auditor(kept.audit, clock), clock)
        ids = service.begin(sessions, names, who)
        worker = erasure_worker(settings.storage, kept, live, clock)
        waiting = ErasureWait(worker, ids, clock).wait()
        receipts = (signer.sign(receipt_of(book.read(request_id))) for request_id in ids)
        _show(receipts, as_json=as_json)
    if waiting:
        raise typer.Exit(STILL_WAITS)


def session_ids(texts: Iterable[str]) -> list[SessionId]:
    return list(dict.fromkeys(map(_session_id, texts)))


def _session_id(text: str) -> SessionId:
    session_id = parse_session_id(text)
    if session_id is None:
        raise typer.BadParameter(f"{text!r} is no session's id, which is a UUID: none is erased.")
    return session_id


def _check_file(file: Path) -> int:
    """Return how many ids a file has, before anything is erased: it is read once more for that."""
    count = sum(1 for _ in _sessions_in(file))
    if count > MOST_SESSIONS:
        raise typer.BadParameter(f"Give at most {MOST_SESSIONS:,} sessions at once.")
    return count


def _sessions_in(file: Path) -> Iterator[SessionId]:
    with file.open(encoding="utf-8", errors="replace") as lines:
        yield from (_session_id(line.strip()) for line in lines if line.strip())


def _show(receipts: Iterable[SignedReceipt], *, as_json: bool) -> None:
    if as_json:
        for signed in receipts:
            sys.stdout.write(msgspec.json.encode(signed).decode() + "\n")
    else:
        print_receipts(receipts)
