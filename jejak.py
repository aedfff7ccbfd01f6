"""The command line: one group that loads the commands of each package when they are asked for."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import click

from ledger.errors import JejakError, Unavailable
from ledger.settings import data_folder

COMMANDS = {
    "init": "ledger.commands",
    "root": "ledger.act_commands",
    "act": "ledger.act_commands",
    "key": "ledger.key_commands",
    "institution": "ledger.registry_commands",
    "erase": "ledger.registry_commands",
    "log-key": "ledger.log_key_commands",
    "policy": "ledger.policy_commands",
    "tick": "ledger.commands",
    "anchor": "ledger.anchor_commands",
    "chain": "ledger.commands",
    "export": "ledger.commands",
    "recover": "audit.recover_commands",
    "receipt": "ledger.commands",
    "draft": "web.draft_commands",
    "finding": "web.case_commands",
    "publish": "procurement.commands",
    "import": "procurement.commands",
    "trace": "procurement.commands",
    "reindex": "procurement.commands",
    "status": "procurement.commands",
    "verify": "audit.commands",
    "check-receipt": "audit.commands",
    "flags": "audit.flag_commands",
    "findings": "audit.finding_commands",
    "contradictions": "audit.finding_commands",
    "period": "audit.period_commands",
    "software": "audit.period_commands",
    "report": "web.report_commands",
    "monitor": "web.auditing.commands",
    "mirror": "audit.mirror_commands",
    "sample": "audit.sample_commands",
    "witness": "web.witness_commands",
    "bulk": "web.bulk.commands",
    "serve": "web.commands",
    "demo": "web.commands",
    "training": "web.training_commands",
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All names, in the order of design."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        """The command of a name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name])
        command: click.Command = module.COMMANDS[cmd_name]
        return command


@click.group(cls=LazyGroup)
@click.option("--data", metavar="DIR", help="Data folder (default: $JEJAK_DATA or ./jejak-data).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.version_option("0.1.0", prog_name="jejak")
@click.pass_context
def cli(ctx: click.Context, data: str | None, as_json: bool) -> None:
    """A public ledger of public money."""
    ctx.obj = {"data": Path(data_folder(data)), "json": as_json, "kinds": _kinds}


def _kinds() -> Any:
    """All kinds of entry; the ledger by itself knows only those of the registry."""
    from procurement.kinds import KINDS

    return KINDS


def main(arguments: list[str] | None = None) -> None:
    """Run the command line.

    Exit codes: 0 holds, 1 evidence fails, 2 usage or input, 3 unavailable.
    """
    try:
        code = cli.main(arguments, standalone_mode=False)
    except JejakError as error:
        _complain(error)
        sys.exit(error.exit)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _complain(
            Unavailable(f"{place}{error.strerror or error}", "look at the path and its owner")
        )
        sys.exit(Unavailable.exit)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)


def _complain(error: JejakError) -> None:
    if "--json" in sys.argv:
        told = {"error": error.code, "message": error.message, "remedy": error.remedy}
        print(json.dumps(told), file=sys.stderr)
    else:
        print(f"jejak: {error.message}", file=sys.stderr)
        if error.remedy:
            print(f"  what to do: {error.remedy}", file=sys.stderr)


if __name__ == "__main__":
    main()
