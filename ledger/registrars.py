"""How registrars act by the command line: at once with their keys, or by a file signed off line.

Every command that records a `registry/*` entry takes `--registrar FILE`, once for each registrar
whose key lies on this machine, and `--act FILE`: then nothing is recorded, and the act goes into a
file for `jejak act sign` on the other registrars' machines and `jejak act submit` on this one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ledger import deployment
from ledger.actfile import sign_act
from ledger.cli import registrar_keys
from ledger.durable import write_file
from ledger.keys import SigningKey
from ledger.log import Log, Submission
from ledger.publication import format_publication
from ledger.settings import Settings


@dataclass(frozen=True)
class Signing:
    """Key files of the registrars present, and the file for those who are not."""

    registrars: tuple[str, ...] = ()
    act: str | None = None

    def keys(self, settings: Settings) -> list[SigningKey]:
        """The keys that sign here; with an act file there need not be any. Raises NotFound."""
        if self.act and not self.registrars:
            return []
        return registrar_keys(settings, self.registrars)

    def leave(self, act: Submission, keys: Sequence[SigningKey]) -> dict[str, Any]:
        """Write the act, signed with the keys, into its file; what to tell."""
        assert self.act is not None
        signed = sign_act(act, *keys)
        write_file(Path(self.act), format_publication(signed))
        return {"act": self.act, "signatures": len(signed.signatures)}


def signing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options --registrar and --act; the command puts them into a Signing."""
    for option in (
        click.option(
            "--act",
            type=click.Path(dir_okay=False),
            help="Write the act into this file, to be signed off line, and record nothing.",
        ),
        click.option("--registrar", multiple=True, help="Key file of a registrar; once for each."),
    ):
        command = option(command)
    return command


def perform(
    log: Log, act: Submission, signing: Signing, keys: Sequence[SigningKey]
) -> dict[str, Any]:
    """Sign an act with the keys and record it, or leave it in its file; what to tell.

    Raises what the log refuses it with.
    """
    if signing.act is not None:
        return signing.leave(act, keys)
    return {"index": log.append_one(sign_act(act, *keys)).index}


def act_of(
    settings: Settings,
    log: Log,
    kind: str,
    subject: str,
    body: dict[str, Any],
    signing: Signing,
) -> dict[str, Any]:
    """Make an act of registrars, and perform it."""
    act = deployment.act(settings.origin, kind, subject, body)
    return perform(log, act, signing, signing.keys(settings))
