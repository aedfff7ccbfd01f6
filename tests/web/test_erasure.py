"""A body erased under order: its entry stands, and its bytes are nowhere in the data folder."""

from __future__ import annotations

import gzip
import secrets
from pathlib import Path
from typing import Any

import pytest

from audit.source import open_source
from audit.verify import verify
from ledger import deployment
from ledger.body import SMALL, pack
from ledger.receipt import parse_receipt
from procurement.follower import reindex
from procurement.kinds import KINDS
from tests.web.sites import Deployed, found, served

SECRET = "Zulkarnaen Tersembunyi"
WORDS = (b"zulkarnaen", b"tersembunyi")
ORG, LINE, OCID = "ID-T", "ID-T/2026/1.2", "ocds-t-1"
MONEY = {"amount": "5.00", "currency": "IDR"}


def personal(about: str) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Kind, subject and body of each entry that names a person."""
    line = {"id": LINE, "fiscalYear": "2026", "title": SECRET, "org": ORG, "classifications": {}}
    supplier = {"id": "XX-9", "name": SECRET, "roles": ["supplier"]}
    tender = {"id": "t", "title": SECRET, "description": SECRET * 4000, "status": "active"}
    paid = {
        "id": "SP2D-1",
        "date": "2026-03-01",
        "method": "LS",
        "payee": {"id": "XX-7", "name": SECRET},
        "items": [{"line": {"id": LINE}, "amount": MONEY}],
        "net": MONEY,
    }
    release = {"ocid": OCID, "id": "1", "date": "2026-02-01T00:00:00Z", "tag": ["tender"]}
    release |= {"parties": [supplier], "tender": tender, "buyer": supplier}
    return {
        "appropriation": (
            "budget/appropriation",
            LINE,
            {"line": line, "amount": MONEY, "legalBasis": SECRET},
        ),
        "payment": ("budget/payment", "SP2D-1", paid),
        "release": ("ocds/release", OCID, release),
        "note": ("note", about, {"about": [about], "text": SECRET}),
        "long": (
            "note",
            about,
            {"about": [about], "text": secrets.token_hex(40_000) + SECRET},
        ),
    }


def traces(folder: Path, bodies: list[bytes]) -> list[str]:
    """Files that still hold a word of the person's name, or a piece of a body as it was stored."""
    packed = [pack(body) for body in bodies if len(body) > SMALL]
    pieces = [each[len(each) // 2 :][:32] for each in packed]
    left = []
    for path in sorted(folder.rglob("*")):
        raw = path.read_bytes() if path.is_file() else b""
        plain = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
        lowered = plain.lower()
        if any(word in lowered for word in WORDS) or any(piece in plain for piece in pieces):
            left.append(str(path.relative_to(folder)))
    return left


def publish_all(deployed: Deployed) -> list[int]:
    """Everything that names the person, among much that does not."""
    officer = deployed.key(ORG, "budget", "treasury", "procurement", "auditor")
    about = deployed.log.record(0).leaf_hash.hex()
    said = personal(about)
    indices = []
    for number, (kind, subject, body) in enumerate(said.values()):
        indices.append(deployed.publish(officer, kind, subject, body))
        for other in range(60):
            text = f"catatan {number} {other}"
            deployed.publish(officer, "note", about, {"about": [about], "text": text})
    # What else there is of the line, the payee and the process tells nothing of the person.
    kept = personal(about)["payment"][2] | {"id": "SP2D-2", "payee": {"id": "XX-7", "name": ""}}
    deployed.publish(officer, "budget/payment", "SP2D-2", kept)
    later = {"ocid": OCID, "id": "2", "date": "2026-03-01T00:00:00Z", "tag": ["tender"]}
    deployed.publish(officer, "ocds/release", OCID, later | {"tender": {"id": "t"}})
    return indices


@pytest.fixture(params=["followed before", "followed at once"])
def erased(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A deployment whose bodies were erased, and the indices and bodies of these."""
    deployed = found(tmp_path / "data")
    indices = publish_all(deployed)
    if request.param == "followed before":
        deployed.follow()
        assert len(traces(deployed.settings.folder, [])) > 3
    records = [deployed.log.record(index) for index in indices]
    deployed.erase(*(each.entry.statement.body for each in records))
    deployed.follow()
    yield deployed, indices, [each.body for each in records]
    deployed.log.close()
    deployed.index.close()


def test_erased_bytes_are_nowhere_in_the_data_folder(erased: Any) -> None:
    """Databases, their journals and free pages, public files: nothing is left, and it stays so."""
    deployed, _, bodies = erased
    folder = deployed.settings.folder
    assert traces(folder, bodies) == []
    reindex(deployed.log, deployed.index)
    assert traces(folder, bodies) == []


def test_entry_stands_and_verify_says_erased_under_order(erased: Any) -> None:
    """The log verifies, names each erased body as such, and loses no entry."""
    deployed, indices, _ = erased
    trust = deployment.read_trust(deployed.settings.trust)
    report = verify(open_source(deployed.settings.public), KINDS, trust=trust, workers=1)
    assert report.holds, list(report.lines())
    remarks = {each.index: each.what for check in report.checks for each in check.remarks}
    for index in indices:
        assert "erased, under order, by entry" in remarks[index]
    assert report.size == deployed.log.size


def test_no_page_twin_receipt_or_search_tells_it(erased: Any) -> None:
    """Whatever a reader asks for, the person is not named; the entry is shown as erased."""
    deployed, indices, _ = erased
    paths = ["/", "/findings", "/log", f"/p/{OCID}", f"/o/{ORG}", "/o/XX-9", "/o/XX-7"]
    paths += [f"/search?q={word.decode()}" for word in WORDS]
    paths += [f"/e/{index}{form}" for index in indices for form in ("", ".json", ".body.json")]
    paths += [f"/e/{index}.receipt.json" for index in indices]
    with served(deployed), deployed.client("en") as client:
        for path in paths:
            text = client.get(path).text.lower()
            if path.startswith("/search"):
                text = text.replace(path[10:], "")
            assert not any(word.decode() in text for word in WORDS), path
        for index in indices:
            assert "has been erased" in client.get(f"/e/{index}").text
            assert client.get(f"/e/{index}.body.json").status_code == 410
            assert parse_receipt(client.get(f"/e/{index}.receipt.json").content).body is None
