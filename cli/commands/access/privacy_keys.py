"""The keys of privacy: none of their texts is ever printed."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.commands.rule_options import AuthorOption, author_of
from cli.options import HomeOption
from personalization.audit.recording import Auditor, Change
from personalization.domain.clock import SystemClock
from personalization.vault.field_cipher import FieldCipher
from personalization.vault.known_keys import note_key
from personalization.vault.open_keys import has_given_keys, open_privacy_keys
from personalization.vault.people import People
from personalization.vault.privacy_file import PrivacyFile
from personalization.vault.privacy_rotation import (
    LOST,
    KeyUse,
    drop_privacy_key,
    rotate_privacy_key,
)
from personalization.vault.session_keys import count_wrapped_by
from personalization.vault.users_of_key import UsersOfKey
from personalization.wiring import CoreSettings, open_kept


def rotate_privacy_key_command(
    *,
    drop: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Drop this former key instead, if nothing needs it."),
    ] = None,
    lost: Annotated[
        bool,
        typer.Option(
            "--lost", help="The key in use is lost: let processes start with those there are."
        ),
    ] = False,
    author: AuthorOption = None,
    home: HomeOption = Path("var"),
) -> None:
    """Use a new key of privacy from now on; what was made by former ones is still read.

    Running processes follow within ten seconds. Nobody becomes another person by it: who is known
    under a former key stays so until nothing of them is left.
    """
    settings = CoreSettings.of_home(home)
    if lost:
        _go_on_without(settings, author_of(author))
        return
    if has_given_keys(settings.privacy):
        raise typer.BadParameter(
            "The keys are those of FITTING_ROOM_PRIVACY_KEYS or its file: change them there, as "
            "docs/running.md says."
        )
    clock, by = SystemClock(), author_of(author)
    with open_kept(settings) as kept:
        file, auditor = PrivacyFile(home, clock.now()), Auditor(kept.audit, clock)
        if drop is None:
            ring = rotate_privacy_key(file, auditor, clock, by)
        else:
            people = People(kept.people, FieldCipher(file, clock))
            users = UsersOfKey(kept.history, people)
            of_log = KeyUse(partial(count_wrapped_by, kept.session_keys), lambda _: None)
            uses = [KeyUse(users.needs, users.settle), of_log]
            # Before the former one goes: no process may have started since there is a newer one.
            note_key(kept.plans, file.current().keys[0])
            ring = drop_privacy_key(file, auditor, by, drop, uses)
    newest, *former = ring.keys
    reads = ", ".join(key.key_id for key in former) or "no other"
    starts = f"{newest.used_from:%Y-%m-%d %H:%M:%S} UTC"
    text = f"{newest.key_id} is used from {starts}; read as well: {reads}."
    Console().print(text, soft_wrap=True, highlight=False)


def _go_on_without(settings: CoreSettings, author: str) -> None:
    """Let the keys at hand be those that processes have to have."""
    clock = SystemClock()
    with open_kept(settings) as kept:
        keys = open_privacy_keys(settings.privacy, settings.storage.home, clock)
        key = keys.current().newest(clock.now())
        change = Change(author=author, action=LOST, subject=key.key_id)
        Auditor(kept.audit, clock).record(change)
        note_key(kept.plans, key)
    text = f"{key.key_id} is used; who was known under another key is somebody new."
    Console().print(text, soft_wrap=True, highlight=False)
