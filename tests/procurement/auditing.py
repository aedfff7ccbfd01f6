"""A town with auditors, for the tests of cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ledger import deployment
from procurement.case_notes import EntryRef, Finding, Reply, note_body
from tests.procurement.town import OFFICES, ORG, ORIGIN, OTHER, SALT, Town, found_town, key

BOARD = "ID-BOARD"
# Offices beside those of the town: name, organisation, roles.
AUDITORS = {
    "auditor": (BOARD, ["auditor"]),
    "second auditor": (BOARD, ["auditor"]),
    "clerk of the board": (BOARD, ["oversight"]),
    "other auditor": ("ID-OTHER-BOARD", ["auditor"]),
}


def found_audited_town(folder: Path, url: str | None = None) -> Town:
    """A town whose entries auditors may find fault with."""
    town = found_town(folder, url=url)
    for name, (org, roles) in AUDITORS.items():
        public = deployment.public_member(key(name))
        told = {"office": name, "roles": roles, "for": [org], "legalBasis": "SK 1"}
        since = {"validFrom": "2020-01-01T00:00:00Z", "validUntil": None}
        town.registrar("registry/key", public["key"], {**public, "org": org, **told, **since})
    town.follow()
    return town


def place(town: Town, index: int) -> EntryRef:
    """An entry by index and leaf hash."""
    return EntryRef(index, town.log.record(index).leaf_hash.hex())


def open_case(town: Town, *entries: int, office: str = "auditor", **more: Any) -> int:
    """A finding about these entries; its index."""
    found = Finding(tuple(place(town, each) for each in entries), {"id": "Mengapa?", "en": "Why?"})
    return say(town, office, note_body(found), **more)


def reply(town: Town, office: str, act: Any, case: int, text: str = "Karena.", **more: Any) -> int:
    """An answer, or the end of a case; its index."""
    return say(town, office, note_body(Reply(act, place(town, case), {"id": text})), **more)


def say(town: Town, office: str, body: dict[str, Any], replaces: int | None = None) -> int:
    """Publish the body of a note."""
    org = (AUDITORS.get(office) or OFFICES[office])[0]
    raw = json.dumps({"salt": SALT, **body}).encode()
    earlier = None if replaces is None else place(town, replaces).leaf
    about, keys = body["about"][0], [key(office)]
    signed = deployment.compose(ORIGIN, "note", about, org, raw, keys, replaces=earlier)
    return town.log.append_one(signed).index


__all__ = ["BOARD", "ORG", "OTHER", "found_audited_town", "open_case", "place", "reply", "say"]
