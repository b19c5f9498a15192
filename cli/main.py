"""`fitting-room`: everything an operator or a data team does by hand."""

import sys

import typer

from cli.evaluate_command import evaluate_command
from cli.explain_command import explain_command
from cli.history_command import history_command
from cli.import_command import import_command
from cli.nightly_command import nightly_command
from cli.replay_command import replay_command
from cli.serve_command import api_command, realtime_command, serve_command
from cli.stack_command import stack_app
from personalization.domain.errors import PersonalizationError

FAILED = 2

app = typer.Typer(
    name="fitting-room",
    help="Real-time personalization that a shop can run itself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("import")(import_command)
app.command("nightly")(nightly_command)
app.command("serve")(serve_command)
app.command("api")(api_command)
app.command("realtime")(realtime_command)
app.command("replay")(replay_command)
app.command("evaluate")(evaluate_command)
app.command("explain")(explain_command)
app.command("history")(history_command)
app.add_typer(stack_app, name="stack")


def main() -> None:
    """Run the command line; what went wrong on purpose is a sentence, not a traceback."""
    try:
        app()
    except PersonalizationError as error:
        sys.stderr.write(f"fitting-room: {error}\n")
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
