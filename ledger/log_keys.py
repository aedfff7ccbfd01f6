"""Rotating the key that signs checkpoints.

In peace, in two steps: from `add` on checkpoints bear the line of the old key and that of the next
one, so that verifiers with either trust file go on; `switch` ends the old key, which stays in the
trust file for the checkpoints it has signed. A key that is lost or stolen is switched at once.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import update

from ledger import deployment, files, store
from ledger import settings as settings_
from ledger.anchoring import anchors
from ledger.errors import BadSignature, Conflict, Malformed
from ledger.log import Log
from ledger.note import (
    Note,
    Signer,
    Verifier,
    format_note,
    format_vkey,
    open_checkpoint,
    parse_note,
    sign_note,
    verify_note,
)
from ledger.settings import Settings
from ledger.tick import checkpoint_at, describe, one_ticker

_CHECKPOINT = store.table(store.CheckpointRow)


def add(settings: Settings, log: Log) -> Verifier:
    """Make the next key, which signs beside the one in force. Raises Conflict when there is one."""
    path = settings.next_log_key
    if path.exists():
        raise Conflict("there is a next key already", "let it take over: jejak log-key switch")
    with one_ticker(settings.folder):
        settings_.write_secret(path, secrets.token_bytes(32))
        deployment.write_trust(settings, log)
    return settings.log_signers()[-1].verifier()


def switch(settings: Settings, log: Log) -> Settings:
    """The next key takes over; the old one is kept in the trust file, its secret deleted.

    Raises Conflict when no published checkpoint bears the next key's line yet.
    """
    with one_ticker(settings.folder):
        if not settings.next_log_key.exists():
            raise Conflict("there is no next key", "make one: jejak log-key new")
        old, following = settings.log_signers()
        _check_overlap(settings, following)
        return _take_over(settings, log, (*settings.retired_keys, format_vkey(old.verifier())))


def switch_at_once(settings: Settings, log: Log, *, stolen: bool) -> Settings:
    """A new key takes over from one that is lost or stolen; a stolen one is trusted no more.

    Verifiers need the new trust file at once. Checkpoints that receipts show are signed again by
    the new key, and keep the lines of others.
    """
    trusted = deployment.read_trust(settings.trust).log_keys
    with one_ticker(settings.folder):
        if not settings.next_log_key.exists():
            settings_.write_secret(settings.next_log_key, secrets.token_bytes(32))
        following = settings.next_log_signer()
        _sign_again(settings, log, following, (*trusted, following.verifier()))
        kept = () if stolen else tuple(map(format_vkey, trusted))
        return _take_over(settings, log, tuple(dict.fromkeys((*settings.retired_keys, *kept))))


def _take_over(settings: Settings, log: Log, retired: tuple[str, ...]) -> Settings:
    placed = replace(settings, retired_keys=retired)
    settings_.save(placed)
    # From here on the old key's secret is gone.
    os.replace(settings.next_log_key, settings.folder / "log.key")
    deployment.write_trust(placed, log)
    if settings.public.exists():
        files.PublicTree(settings.public).write_log(describe(placed, log))
    return placed


def _check_overlap(settings: Settings, following: Signer) -> None:
    raw = files.PublicTree(settings.public).checkpoint()
    try:
        verify_note(parse_note(raw or b""), [following.verifier()])
    except (BadSignature, Malformed) as error:
        raise Conflict(
            "no published checkpoint bears the next key's line",
            "run jejak tick, and give verifiers time to fetch the new trust file",
        ) from error


def _sign_again(
    settings: Settings, log: Log, signer: Signer, verifiers: Sequence[Verifier]
) -> None:
    """The checkpoints that anchors name, and the published one, which verifies by an old key."""
    before: int | None = None
    while rows := anchors(log, before):
        for row in rows:
            _sign_row(log, row.size, signer)
        before = rows[-1].size
    tree = files.PublicTree(settings.public)
    raw = tree.checkpoint()
    if raw is not None:
        size = open_checkpoint(raw, settings.origin, verifiers).size
        tree.write_checkpoint(_sign_row(log, size, signer))


def _sign_row(log: Log, size: int, signer: Signer) -> bytes:
    note = parse_note(checkpoint_at(log, size).note)
    others = tuple(line for line in note.signatures if line.name != signer.name)
    signed = format_note(Note(note.text, sign_note(note.text, signer).signatures + others))
    with store.transaction(log.engine) as connection:
        changed = update(_CHECKPOINT).where(_CHECKPOINT.c.size == size)
        connection.execute(changed.values(note=signed))
    return signed
