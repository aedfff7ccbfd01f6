"""Importing: every body as in its source, every refusal named, every file told of in a note."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from ledger import deployment, store
from ledger.body import parse_body
from ledger.errors import Malformed
from ledger.keys import SigningKey
from ledger.log import Log, create_log
from procurement import importing
from procurement.importing import import_files
from procurement.kinds import KINDS
from procurement.reading import Item, read_items
from tests.ledger.deployments import ORIGIN, Clock, deploy
from tests.procurement.sets import SETS

MAPPINGS = Path(importing.__file__).parent / "mappings"
# entries, repeated, refused when raw.tar.gz is imported; entries from releases.jsonl.gz
COUNTS = {
    "ca-buyandsell": (22, 11, 0, 22),
    "co-secop": (21, 10, 0, 21),
    "md-mtender": (51, 51, 0, 51),
    "mx-gacm": (312, 10, 0, 312),
    "ng-bpp": (23, 0, 0, 12),
    "py-dncp": (74, 0, 51, 74),
    "ua-prozorro": (22, 0, 0, 11),
    "uk-contracts-finder": (222, 11, 0, 222),
}


class Importing:
    """A log with an importer's and a budget office's keys."""

    def __init__(self, folder: Path) -> None:
        deployed = deploy(folder)
        engine = store.open_engine(store.sqlite_url(folder / "log.db"), store.SCHEMA)
        create_log(engine)
        self.clock = Clock()
        self.log = Log(engine, ORIGIN, KINDS, self.clock)
        self.importer, self.office = (SigningKey(secrets.token_bytes(32)) for _ in range(2))
        for key, role, covers in (
            (self.importer, "importer", ["*"]),
            (self.office, "budget", ["US-CA-OAKLAND", "ID-3402", "ID-X"]),
        ):
            deployment.enrol(
                deployed.settings,
                self.log,
                [deployed.registrar],
                deployment.public_member(key),
                org="ID-COPY",
                office=role,
                roles=[role],
                covers=covers,
                valid_from="2020-01-01T00:00:00Z",
            )
        self.start = self.log.size

    def run(self, *paths, mapping=None, **said):
        """Import files."""
        key = self.office if mapping else self.importer
        return import_files(
            self.log, paths, key=key, org="ID-COPY", mapping=mapping, now=self.clock, **said
        )

    def bodies(self, kind="ocds/release"):
        """The bodies of a kind that are in the log."""
        records = self.log.records(self.start)
        return [each.body for each in records if each.entry.statement.kind == kind]


@pytest.fixture
def importing_into(tmp_path):
    """A fresh log."""
    return Importing(tmp_path / "data")


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("file", ["raw.tar.gz", "releases.jsonl.gz"])
def test_real_sets_go_in_with_the_bytes_of_their_source(name, file, importing_into, shared_data):
    """Each of the eight sets is imported; every body is one that stands in the file."""
    path = shared_data / name / file
    report = importing_into.run(path)
    entries, repeated, refused, lines = COUNTS[name]
    expected = (entries, repeated, refused) if file == "raw.tar.gz" else (lines, 0, 0)
    assert (report.recorded, report.repeated, report.refusals) == expected
    assert report.read == sum(expected)
    source = {each.raw for each in read_items(path) if isinstance(each, Item)}
    bodies = importing_into.bodies()
    assert len(bodies) == report.recorded
    assert set(bodies) <= source


def test_a_file_imported_again_adds_nothing(importing_into, shared_data):
    """What is in the log already is repeated, not recorded, and no note is added."""
    path = shared_data / "ng-bpp" / "releases.jsonl.gz"
    importing_into.run(path)
    size = importing_into.log.size
    report = importing_into.run(path)
    assert (report.recorded, report.repeated, report.notes) == (0, 12, [])
    assert importing_into.log.size == size


def test_a_note_tells_where_the_entries_came_from(importing_into, shared_data):
    """The note names the new entries, the source, the time and the SHA-256 of the file."""
    path = shared_data / "ng-bpp" / "releases.jsonl.gz"
    report = importing_into.run(path, source="https://example.org/data")
    (index,) = report.notes
    note = parse_body(importing_into.log.record(index).body)
    about = [
        importing_into.log.record(each).leaf_hash.hex()
        for each in range(report.first, report.last + 1)
    ]
    assert note["about"] == about
    assert note["source"]["url"] == "https://example.org/data"
    assert note["source"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def _written(folder, name, *numbers):
    """A file of small releases."""
    path = folder / name
    said = {"date": "2026-01-01T00:00:00Z", "tag": ["tender"], "initiationType": "tender"}
    releases = [{"ocid": f"{name}-{number}", "id": "1", **said} for number in numbers]
    path.write_text("\n".join(map(json.dumps, releases)))
    return path


def test_each_file_is_told_of_before_the_next(importing_into, tmp_path):
    """Whoever reads the log in order meets the note right behind the entries it is about."""
    paths = [_written(tmp_path, f"{name}.jsonl", 1, 2, 3) for name in "abc"]
    report = importing_into.run(*paths)
    start = importing_into.start
    assert report.notes == [start + 3, start + 7, start + 11]
    for path, index in zip(paths, report.notes, strict=True):
        note = parse_body(importing_into.log.record(index).body)
        assert note["source"]["url"] == path.name
        hashes = [importing_into.log.record(index - back).leaf_hash.hex() for back in (3, 2, 1)]
        assert note["about"] == hashes


def test_a_file_is_told_of_though_the_next_cannot_be_read(importing_into, tmp_path):
    """What has been recorded keeps its provenance when the import breaks off behind it."""
    path = _written(tmp_path, "a.jsonl", 1)
    with pytest.raises(FileNotFoundError):
        importing_into.run(path, tmp_path / "missing.jsonl")
    note = importing_into.log.record(importing_into.start + 1)
    assert note.entry.statement.kind == "note"


def test_notes_are_split(importing_into, tmp_path, monkeypatch):
    """A note is about a bounded number of entries; a file of more gets several."""
    monkeypatch.setattr(importing, "ABOUT", 4)
    monkeypatch.setattr(importing, "GROUP", 3)
    path = _lines(tmp_path, [_release(at) for at in range(10)])
    assert len(importing_into.run(path).notes) == 3


def _release(at, **members):
    return {"ocid": f"a-{at}", "id": str(at), "date": "2024-01-01", "tag": ["tender"], **members}


def _lines(folder, releases):
    path = folder / "x.jsonl"
    lines = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in releases]
    path.write_bytes(b"\n".join(lines))
    return path


def test_bad_items_are_named_and_the_rest_goes_in(importing_into, tmp_path):
    """Hostile and broken lines are refused by line and reason; the good ones are recorded."""
    path = _lines(
        tmp_path,
        [
            _release(1),
            b'{"ocid":"a","id":1,"date":"x","tag":[],"v":1e999999}',
            b'{"ocid":"a","id":1,"date":"x","tag":[],"v":' + b"[" * 100_000,
            b'{"ocid":"a","ocid":"a","id":1,"date":"x","tag":[]}',
            b'{"ocid":"a","id":1,"date":"x","tag":[],"v":NaN}',
            b'{"ocid":"a","id":1,"date":"x","tag":[],"v":"\\ud800"}',
            b'{"ocid":"a","id":1,"date":"x","tag":[],"v":"\\ud800 \\udc00"}',
            b'{"ocid":"a","id":1,"date":"x","tag":[],"v":"\xff"}',
            b'{"id":1,"date":"x","tag":[]}',
            b'{"ocid":5,"id":1,"date":"x","tag":[]}',
            b'{"ocid":"a","id":null,"date":"x","tag":[]}',
            {**_release(2), "ocid": "x" * 201},
            {**_release(3), "ocid": ""},
            b"not JSON",
            _release(4),
        ],
    )
    report = importing_into.run(path)
    assert report.recorded == 2
    assert {position for _, position, _ in report.refused} == {
        f"line {number}" for number in range(2, 15)
    }
    assert all(reason for _, _, reason in report.refused)


def test_the_same_in_other_spelling_is_repeated_and_other_content_is_not(importing_into, tmp_path):
    """Under one (ocid, id) other spaces say the same and are left out; other content goes in."""
    first = _release(1, value=1)
    path = _lines(
        tmp_path,
        [
            first,
            json.dumps(first, indent=None, separators=(",", ":")).encode(),
            _release(1, value=2),
            json.dumps({**first, "value": 1.0}).encode(),
        ],
    )
    report = importing_into.run(path)
    assert (report.recorded, report.repeated) == (2, 2)


def test_a_key_without_the_role_is_refused_item_by_item(importing_into, tmp_path):
    """A budget office's key signs no releases, and the report says why."""
    report = import_files(
        importing_into.log,
        [_lines(tmp_path, [_release(1)])],
        key=importing_into.office,
        org="ID-COPY",
    )
    assert report.recorded == 0
    assert "no role" in report.refused[0][2]


def test_statements_carry_the_time_of_signing(importing_into, tmp_path):
    """The statement's time is the clock's when the group was signed."""
    importing_into.clock.at += timedelta(minutes=3)
    report = importing_into.run(_lines(tmp_path, [_release(1)]))
    entry = importing_into.log.record(report.first).entry
    assert entry.statement.time == entry.at


def test_progress_adds_up_to_the_files(importing_into, shared_data, monkeypatch):
    """What progress is told of adds up to the size of the files."""
    monkeypatch.setattr(importing, "GROUP", 5)
    paths = [shared_data / name / "releases.jsonl.gz" for name in ("ng-bpp", "ua-prozorro")]
    steps = []
    importing_into.run(*paths, progress=steps.append)
    assert sum(steps) == sum(path.stat().st_size for path in paths)


def test_oakland_gives_appropriations_and_revisions(importing_into, shared_data):
    """Adopted and adjusted budgets of two years: each line once, and by how much it changed."""
    folder = shared_data / "budget-us-oakland"
    paths = [
        folder / f"{year}__{kind}.csv.gz"
        for year in ("FY16-17", "FY14-15")
        for kind in ("adjusted", "adopted")
    ]
    report = importing_into.run(*paths, mapping=MAPPINGS / "us-oakland.json")
    kinds = Counter(each.entry.statement.kind for each in importing_into.log.records())
    assert kinds["budget/appropriation"] + kinds["budget/revision"] == report.recorded
    assert {reason.partition(": ")[2][:34] for _, _, reason in report.refused} == {
        "a line cannot be given less than n"
    }
    assert len(report.notes) == 4


def test_bantul_2014_and_its_revision(importing_into, shared_data):
    """A regency's budget before and after its revision, from the archive of its uploads."""
    path = shared_data / "budget-id-diy" / "raw.tar.gz"
    report = importing_into.run(path, mapping=MAPPINGS / "id-bantul-2014.json")
    reasons = Counter(reason for _, _, reason in report.refused)
    assert report.recorded == 6355 + 1971
    assert reasons["no resource of the mapping has this path"] == 213
    assert sum(reasons.values()) == 213 + 4


def test_a_bad_mapping_is_refused_before_anything_is_read(importing_into, tmp_path):
    """A misspelt member of the mapping is an error, not a default."""
    mapping = tmp_path / "m.json"
    mapping.write_text('{"profile":"jejak/budget-mapping/1","name":"x","resorces":[]}')
    with pytest.raises(Malformed):
        importing_into.run(tmp_path / "none.csv", mapping=mapping)
