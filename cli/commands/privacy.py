"""What concerns the people behind the visits; each command has a file of its own."""

import typer

from cli.commands.access.privacy_keys import rotate_privacy_key_command
from cli.commands.people.erase import erase_people_command
from cli.commands.people.export import export_command
from cli.commands.people.receipts import erasures_command, receipt_command, verify_command
from cli.commands.people.scan import scan_command

privacy_app = typer.Typer(
    no_args_is_help=True,
    help="Keys of privacy, and what is known of people: docs/identity.md.",
)
privacy_app.command("rotate-key")(rotate_privacy_key_command)
privacy_app.command("erase")(erase_people_command)
privacy_app.command("export")(export_command)
privacy_app.command("scan")(scan_command)
privacy_app.command("erasures")(erasures_command)
privacy_app.command("receipt")(receipt_command)
privacy_app.command("verify")(verify_command)
