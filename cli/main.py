"""`fitting-room`: everything an operator or a data team does by hand."""

import os
import sys
from importlib import import_module

import typer

from cli.plain_errors import plain_errors

_COMMANDS = {
    "import": "cli.commands.import_:import_command",
    "generate": "cli.commands.generate:generate_command",
    "generate-visits": "cli.commands.generate_visits:generate_visits_command",
    "nightly": "cli.commands.nightly:nightly_command",
    "serve": "cli.commands.serve:serve_command",
    "api": "cli.commands.serve:api_command",
    "realtime": "cli.commands.realtime:realtime_command",
    "replay": "cli.commands.replay:replay_command",
    "evaluate": "cli.commands.measures.evaluate:evaluate_command",
    "returning": "cli.commands.measures.returning:returning_command",
    "experiment": "cli.commands.experiment:experiment_app",
    "regret": "cli.commands.measures.regret:regret_command",
    "off-policy": "cli.commands.measures.off_policy:off_policy_command",
    "explain": "cli.commands.explain:explain_command",
    "history": "cli.commands.history:history_command",
    "replay-decision": "cli.commands.replay_decision:replay_decision_command",
    "rebuild": "cli.commands.rebuild:rebuild_command",
    "rules": "cli.commands.rules:rules_app",
    "placements": "cli.commands.placements:placements_app",
    "model": "cli.commands.model:model_app",
    "generations": "cli.commands.generations:generations_app",
    "dead-letters": "cli.commands.dead_letters:dead_letters_app",
    "sessions": "cli.commands.sessions:sessions_app",
    "privacy": "cli.commands.privacy:privacy_app",
    "keys": "cli.commands.access.keys:keys_app",
    "audit": "cli.commands.access.audit:audit_command",
    "backup": "cli.commands.backups.backup:backup_app",
    "retention": "cli.commands.retention:retention_command",
    "recommend": "cli.commands.batches.recommend:recommend_command",
    "warehouse": "cli.commands.batches.warehouse:warehouse_command",
    "report": "cli.commands.batches.report:report_command",
    "stack": "cli.commands.stack:stack_app",
}
"""Name -> module and function, or module and group of commands."""


def build_app(only: str | None = None) -> typer.Typer:
    """Return the command line with one command, or with all where that one is not known.

    A command's imports are most of its start: a worker that was killed should not wait for
    those of the others.
    """
    app = typer.Typer(
        name="fitting-room",
        help="Real-time personalization that a shop can run itself.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_no_options)
    for name in [only] if only in _COMMANDS else _COMMANDS:
        module, _, found = _COMMANDS[name].partition(":")
        command = getattr(import_module(module), found)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _no_options() -> None:
    """Keep a single command from becoming the whole program."""


def main() -> None:
    # What a command writes, and the processes it starts, tells of shoppers.
    os.umask(0o077)
    with plain_errors():
        build_app(sys.argv[1] if len(sys.argv) > 1 else None)()


if __name__ == "__main__":
    main()
