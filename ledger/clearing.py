"""Throwing a log for practice away: never another one.

Three things must agree before a file is touched: the name in settings.json, the name in entry 0,
and what lies in the folder. A folder with anything else in it is left as it is.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from ledger import deployment
from ledger.devchain import publish_devchain
from ledger.errors import Conflict
from ledger.kinds import KINDS
from ledger.settings import Settings, load
from ledger.training import is_training

PATIENCE_SECONDS = 2.0
KEPT = "console.json"

_OURS = re.compile(
    r"settings\.json|trust\.json|console\.json|(log|log\.next|publisher)\.key|keys|log|console|evidence|bulk"
    r"|(log|index|chain)\.db[a-z-]*|chain\.url|tick\.lock"
)


def clear_training(folder: Path) -> None:
    """Remove the log for practice in a folder, with its keys; what the console is asked is kept.

    Raises Conflict for a folder of anything else, NotFound where there is no log.
    """
    settings = load(folder)
    _check_is_training(settings)
    _check_nothing_else(folder)
    # Whoever serves this folder holds its chain: nothing is taken away from under a server.
    with publish_devchain(folder, patience=PATIENCE_SECONDS):
        pass
    asked = folder / KEPT
    kept = asked.read_bytes() if asked.exists() else None
    shutil.rmtree(folder)
    if kept is not None:
        folder.mkdir(mode=0o700)
        asked.write_bytes(kept)


def _check_is_training(settings: Settings) -> None:
    real = Conflict(
        f"{settings.folder} holds a log that is not for practice", "it is never thrown away"
    )
    if not is_training(settings.origin):
        raise real
    log = deployment.attach_log(settings, KINDS)
    try:
        if log.size and not is_training(log.record(0).entry.statement.log):
            raise real
    finally:
        log.close()


def _check_nothing_else(folder: Path) -> None:
    strange = sorted(each.name for each in folder.iterdir() if not _OURS.fullmatch(each.name))
    if folder.is_symlink() or strange:
        what = strange[0] if strange else "a link to another folder"
        raise Conflict(f"{folder} holds more than a log for practice: {what}", "move it away first")
