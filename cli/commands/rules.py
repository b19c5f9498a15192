import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import track

from cli.commands.rule_options import (
    About,
    AuthorOption,
    CategoriesOption,
    PlacementsOption,
    ProductsOption,
    RegionsOption,
    RuleNumbers,
    Schedule,
    author_of,
    book_in,
    moment_of,
    price_of,
    rule_of,
)
from cli.options import HomeOption
from cli.reports.rules import history_table, rules_table
from personalization.merchandising.editor import (
    Edit,
    RuleEditor,
    add_rule,
    merge_book,
    remove_rule,
    replace_book,
    update_stock,
)
from personalization.merchandising.rule import RuleKind
from personalization.merchandising.rules_document import encode_rules
from personalization.plans.current_plan import Parsed
from personalization.wiring import CoreSettings, open_kept

rules_app = typer.Typer(
    no_args_is_help=True,
    help="Pin, boost, bury, exclude, take out of stock, make offers: docs/merchandising.md.",
)
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
FileArgument = Annotated[Path, typer.Argument(help="Rules as a JSON document.")]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The rule's name.")]


@rules_app.command("list")
def list_command(
    *,
    home: HomeOption = Path("var"),
    version: Annotated[int | None, typer.Option(help="A past version.")] = None,
    json: JsonOption = False,
) -> None:
    """List the rules."""
    with open_kept(CoreSettings.of_home(home)) as kept:
        editor = RuleEditor(kept)
        listed = Parsed(version, editor.version(version)) if version else editor.newest()
    if json:
        sys.stdout.write(msgspec.json.format(encode_rules(listed.document)).decode() + "\n")
    else:
        Console().print(rules_table(listed.document, listed.version, datetime.now(UTC)))


@rules_app.command("add")
def add_command(  # noqa: PLR0913 (each an option)
    rule_id: IdArgument,
    kind: Annotated[RuleKind, typer.Argument(help="What it does.")],
    *,
    reason: Annotated[str, typer.Option(help="Why, for those who come after.")],
    product: ProductsOption = None,
    category: CategoriesOption = None,
    amount: Annotated[
        float | None, typer.Option(help="What a boost adds, bury takes off; the best score is 1.")
    ] = None,
    position: Annotated[int | None, typer.Option(help="Of a pin; 1 is the first.")] = None,
    percent: Annotated[
        int | None, typer.Option(help="Of an offer: off the sum of a bundle's prices.")
    ] = None,
    price: Annotated[
        str | None, typer.Option(help="Of an offer: of its whole bundle, such as 49.90.")
    ] = None,
    currency: Annotated[str | None, typer.Option(help="Of that price, such as EUR.")] = None,
    placement: PlacementsOption = None,
    region: RegionsOption = None,
    starts: Annotated[str | None, typer.Option("--from", help="First moment (UTC).")] = None,
    ends: Annotated[str | None, typer.Option("--until", help="Moment it ends (UTC).")] = None,
    author: AuthorOption = None,
    replace: Annotated[bool, typer.Option("--replace", help="Of the same id.")] = False,
    home: HomeOption = Path("var"),
) -> None:
    """Add a rule. It reaches new decisions within seconds."""
    signed = author_of(author)
    rule = rule_of(
        rule_id,
        kind,
        About(product, category, placement, region),
        Schedule(starts, ends),
        numbers=RuleNumbers(amount, position, percent, price_of(price), currency),
        author=signed,
        reason=reason,
    )
    _write(home, add_rule(rule, replace=replace), signed)


@rules_app.command("remove")
def remove_command(
    rule_id: IdArgument, *, author: AuthorOption = None, home: HomeOption = Path("var")
) -> None:
    """Remove a rule."""
    _write(home, remove_rule(rule_id), author_of(author))


@rules_app.command("import")
def import_command(
    file: FileArgument, *, author: AuthorOption = None, home: HomeOption = Path("var")
) -> None:
    """Replace all rules by those of a file."""
    signed = author_of(author)
    _write(home, replace_book(book_in(file, signed)), signed)


@rules_app.command("export")
def export_command(
    *,
    home: HomeOption = Path("var"),
    version: Annotated[int | None, typer.Option(help="A past version.")] = None,
) -> None:
    """Print the rules as a document that `import` takes."""
    list_command(home=home, version=version, json=True)


@rules_app.command("history")
def history_command(
    *,
    home: HomeOption = Path("var"),
    limit: Annotated[int, typer.Option(min=1, help="Versions to list.")] = 20,
) -> None:
    """List versions with their authors; `list --version` shows one."""
    with open_kept(CoreSettings.of_home(home)) as kept:
        Console().print(history_table(RuleEditor(kept).history(limit)))


@rules_app.command("stock")
def stock_command(
    *,
    out: Annotated[
        list[str] | None, typer.Option(help="A product that ran out; may be repeated.")
    ] = None,
    back: Annotated[
        list[str] | None, typer.Option(help="A product that is back; may be repeated.")
    ] = None,
    out_file: Annotated[
        Path | None, typer.Option(help="Products that ran out, an id a line; - is the input.")
    ] = None,
    back_file: Annotated[
        Path | None, typer.Option(help="Products that are back, an id a line; - is the input.")
    ] = None,
    author: AuthorOption = None,
    home: HomeOption = Path("var"),
) -> None:
    """Say what ran out of stock and what is back, for shop systems to call as it happens."""
    gone = [*(out or ()), *_lines(out_file)]
    returned = [*(back or ()), *_lines(back_file)]
    if not gone and not returned:
        raise typer.BadParameter("Give --out, --back, --out-file or --back-file.")
    signed = author_of(author)
    _write(home, update_stock(gone, returned, signed), signed)


@rules_app.command("dry-run")
def dry_run_command(  # noqa: PLR0913 (each an option)
    file: FileArgument,
    *,
    add: Annotated[
        bool, typer.Option("--add", help="Add the rules to those there are, or replace by id.")
    ] = False,
    last: Annotated[int, typer.Option(min=1, help="Decisions to try them on.")] = 1_000,
    held_out: Annotated[
        bool,
        typer.Option(
            "--held-out", "--held-back", help="Try them on the sessions that the import held out."
        ),
    ] = False,
    at: Annotated[
        str | None, typer.Option(help="Rules hold as at this moment (UTC); now if absent.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Then write them.")] = False,
    author: AuthorOption = None,
    json: JsonOption = False,
    home: HomeOption = Path("var"),
) -> None:
    """Decide the last decisions again, by the proposed rules and by those there are.

    Writes nothing without --apply. Shows what changes, which rules never apply, and what the
    rules would have been worth where the log can know.
    """
    # Their imports take a second, which whoever reports stock should not wait.
    from cli.reports.rules_dry_run import print_report, report_json
    from evaluation.rules_dry_run.comparison import compare
    from evaluation.rules_dry_run.dry_run import (
        DryRun,
        Trial,
        estimate_worth,
        propose,
        visits_of,
    )  # fmt: skip
    from evaluation.wiring import open_dry_run

    signed = author_of(author)
    book = book_in(file, signed)
    edit = merge_book(book) if add else replace_book(book)
    trial = Trial(last, moment_of(at) or datetime.now(UTC), held_out)
    console, settings = Console(stderr=json), CoreSettings.of_home(home)
    with open_dry_run(settings) as resources:
        proposal = propose(resources, edit)
        visits = visits_of(resources, settings.storage.held_out_file, trial)
        shown = track(visits, "Deciding again", total=trial.last, console=console, transient=True)
        comparison = compare(resources.decider, shown, proposal.before, proposal.after, trial.as_of)
        with console.status("Reading what was seen and what came of it"):
            worth = estimate_worth(resources, proposal, trial)
    dry_run = DryRun(proposal, comparison, worth)
    if json:
        sys.stdout.write(report_json(dry_run) + "\n")
    else:
        print_report(console, dry_run)
    if apply:
        with open_kept(settings) as kept:
            written = RuleEditor(kept).edit(edit, signed)
        console.print(f"Version {written.version} of the rules: {len(written.book.rules)} rules.")


def _write(home: Path, edit: Edit, author: str) -> None:
    with open_kept(CoreSettings.of_home(home)) as kept:
        written = RuleEditor(kept).edit(edit, author)
    for warning in written.warnings:
        sys.stderr.write(f"Note: {warning}\n")
    sys.stdout.write(f"Version {written.version} of the rules: {len(written.book.rules)} rules.\n")


def _lines(file: Path | None) -> list[str]:
    if file is None:
        return []
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{file} cannot be read: {error}") from error
    return [line.strip() for line in text.splitlines() if line.strip()]
