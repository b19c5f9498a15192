"""Keys of the API. The text of a key goes to the output, all that is said of it beside that."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from cli.commands.access.key_options import (
    ExpiresOption,
    IdArgument,
    JsonOption,
    OriginOption,
    PerDayOption,
    PerSecondOption,
    RoleOption,
    ScopeOption,
    limit_of,
    moment_ahead,
    period_of,
)
from cli.commands.rule_options import AuthorOption, author_of
from cli.options import HomeOption
from cli.reports.keys import keys_table
from personalization.domain.access.api_key import KeyKind
from personalization.keys.editor import KeyChange, KeyEditor, MadeKey, NewKey, Operator
from personalization.keys.key_view import view_of
from personalization.keys.keys_file import make_keys_file
from personalization.keys.private_file import new_private_file
from personalization.wiring import CoreSettings, open_kept

keys_app = typer.Typer(
    no_args_is_help=True,
    help="Keys by which browsers and servers call the API: docs/keys.md.",
)
SaveOption = Annotated[
    Path | None,
    typer.Option(
        "--save", dir_okay=False, help="Write its text into this new file (0600), print none."
    ),
]


_Make = Callable[[KeyEditor], MadeKey]


@keys_app.command("create")
def create_command(  # noqa: PLR0913 (each an option)
    *,
    publishable: Annotated[
        bool, typer.Option("--publishable", help="For pages: everybody may know it.")
    ] = False,
    secret: Annotated[
        bool, typer.Option("--secret", help="For servers and people, who keep it to themselves.")
    ] = False,
    name: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    origin: OriginOption = None,
    scope: ScopeOption = None,
    role: RoleOption = None,
    expires: ExpiresOption = None,
    per_second: PerSecondOption = None,
    per_day: PerDayOption = None,
    save: SaveOption = None,
    author: AuthorOption = None,
    json: JsonOption = False,
    home: HomeOption = Path("var"),
) -> None:
    """Make a key and print its text, which nobody can read again.

    A publishable key may send events and read what visitors see, from pages of its origins. A
    secret one has the scopes of a shop's server, those that are named, or those of a role.
    """
    if publishable == secret:
        raise typer.BadParameter("Say --publishable or --secret.")
    kind = KeyKind.PUBLISHABLE if publishable else KeyKind.SECRET
    wanted = NewKey(
        kind=kind,
        name=name or f"{role or kind} key",
        scopes=frozenset(scope) if scope else None,
        role=role,
        origins=tuple(origin or ()),
        limit=limit_of(per_second, per_day),
        expires_at=moment_ahead(expires),
    )
    by = Operator(author_of(author))
    _give_out(home, save, lambda editor: editor.create(wanted, by), as_json=json)


@keys_app.command("list")
def list_command(*, json: JsonOption = False, home: HomeOption = Path("var")) -> None:
    """List all keys; those that are over stay until their room is needed."""
    now = datetime.now(UTC)
    with _editing(home) as editor:
        keys = editor.book().keys
    if json:
        _print_json([view_of(key, now) for key in keys])
    else:
        Console().print(keys_table(keys, now))


@keys_app.command("rotate")
def rotate_command(
    key_id: IdArgument,
    *,
    grace: Annotated[
        str, typer.Option(help="How long the former text holds, as 24h or 7d; 0h ends it now.")
    ] = "24h",
    save: SaveOption = None,
    author: AuthorOption = None,
    json: JsonOption = False,
    home: HomeOption = Path("var"),
) -> None:
    """Give a key a new text; the former one holds for a while, so that nothing is refused."""
    period, by = period_of(grace), Operator(author_of(author))
    _give_out(home, save, lambda editor: editor.rotate(key_id, by, period), as_json=json)


@keys_app.command("revoke")
def revoke_command(
    key_id: IdArgument,
    *,
    force: Annotated[bool, typer.Option("--force", help="Also the last key of an owner.")] = False,
    author: AuthorOption = None,
    home: HomeOption = Path("var"),
) -> None:
    """End a key: every process refuses it within two seconds, and nothing brings it back."""
    with _editing(home) as editor:
        key = editor.revoke(key_id, Operator(author_of(author)), force=force)
    sys.stdout.write(f"Key {key.key_id} is revoked: nobody can use it any more.\n")


@keys_app.command("limits")
def limits_command(  # noqa: PLR0913 (each an option)
    key_id: IdArgument,
    *,
    per_second: PerSecondOption = None,
    per_day: PerDayOption = None,
    origin: OriginOption = None,
    expires: ExpiresOption = None,
    name: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    author: AuthorOption = None,
    json: JsonOption = False,
    home: HomeOption = Path("var"),
) -> None:
    """Change how much a key may do, from which origins, and until when.

    Origins take the place of those that it has.
    """
    change = KeyChange(
        name=name,
        origins=tuple(origin) if origin else None,
        limit=limit_of(per_second, per_day),
        expires_at=moment_ahead(expires),
    )
    if change == KeyChange():
        raise typer.BadParameter("Say what to change: --per-second, --origin, --expires, --name.")
    with _editing(home) as editor:
        key = editor.change(key_id, change, Operator(author_of(author)))
    now = datetime.now(UTC)
    if json:
        _print_json(view_of(key, now))
    else:
        Console().print(keys_table([key], now))


@keys_app.command("file")
def file_command(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="The new file (0600).")],
    *,
    origin: OriginOption = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave a file that is there as it is.")
    ] = False,
) -> None:
    """Write a file with two new keys: one for pages of the origins, one for an owner.

    Nothing else is touched: servers that start with FITTING_ROOM_KEYS_FILE register what the file
    has, so it can be made before there is any store.
    """
    if keep and file.exists():
        sys.stdout.write(f"{file} is there already and was left as it is.\n")
        return
    make_keys_file(file, origin or ())
    sys.stdout.write(f"{file} has a publishable and an owner's key.\n")


@contextmanager
def _editing(home: Path) -> Iterator[KeyEditor]:
    with open_kept(CoreSettings.of_home(home)) as kept:
        yield KeyEditor(kept.plans, kept.audit)


def _give_out(home: Path, save: Path | None, make: _Make, *, as_json: bool) -> None:
    """Make a key and say its text once, or write it into the file and say where."""
    with ExitStack() as stack:
        editor = stack.enter_context(_editing(home))
        write = stack.enter_context(new_private_file(save)) if save else None
        made = make(editor)
        if write is not None:
            write(f"{made.text}\n".encode())
    key, shown = made.key, None if save else made.text
    if as_json:
        view = msgspec.to_builtins(view_of(key, datetime.now(UTC)), builtin_types=(datetime,))
        _print_json({"text": shown, **view} if shown else view)
        return
    what = f"{key.kind} key {key.key_id} ({key.name})"
    if shown is None:
        sys.stderr.write(f"The text of the {what} is in {save}.\n")
        return
    sys.stderr.write(f"The {what}. Keep its text now: it is not shown again.\n")
    sys.stdout.write(f"{shown}\n")


def _print_json(value: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")
