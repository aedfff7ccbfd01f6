"""Files by the year: whole, byte for byte, made again only where something changed."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise

import pytest

from ledger.errors import Malformed, Unavailable
from procurement import queries, sums
from procurement.ocds import RELEASE
from procurement.publish import publish_body
from procurement.publisher import Publisher
from tests.web.sites import Deployed, found, served
from web.bulk import job, parquet, releases
from web.bulk.job import Manifest, read_manifest

PUBLISHER = Publisher("P", license="https://creativecommons.org/licenses/by/4.0/")


def make(site: Deployed) -> Manifest:
    """Run the job."""
    folder = site.settings.folder / "bulk"
    return job.run(site.log, site.index, folder, site.settings.origin, PUBLISHER)


@pytest.fixture(scope="module")
def whole(district) -> Deployed:
    """The example district with its files made."""
    make(district)
    return district


def released(site: Deployed) -> list[bytes]:
    """The bodies of all releases in the order of the log."""
    records = site.log.records()
    return [each.body for each in records if each.entry.statement.kind == RELEASE]


def lines_of(site: Deployed, manifest: Manifest) -> list[bytes]:
    """All lines of all parts."""
    found_ = []
    for part in manifest.releases:
        file = next(each for each in part.files if each.form == "jsonl")
        raw = gzip.decompress((site.settings.folder / "bulk" / file.name).read_bytes())
        assert raw.count(b"\n") == part.rows == file.rows
        found_ += raw.splitlines()
    return found_


def table_of(site: Deployed, name: str) -> list[dict[str, str]]:
    """The CSV in a zip."""
    with zipfile.ZipFile(site.settings.folder / "bulk" / name) as archive:
        member = next(each for each in archive.namelist() if each.endswith(".csv"))
        text = archive.read(member).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_file_is_what_the_page_says(whole):
    """Served with its tag, its time and its size; the hash is that of the bytes."""
    with whole.client() as client:
        twin = client.get("/download.json").json()
        files = [each for part in twin["parts"] for each in part["files"]]
        assert {each["form"] for each in files} >= {"jsonl", "csv", "fdp"}
        for each in files:
            answer = client.get(each["url"])
            assert sha256(answer.content).hexdigest() == each["sha256"]
            assert len(answer.content) == each["size"] <= 10_000_000
            assert answer.headers["access-control-allow-origin"] == "*"
            for name, known in (
                ("If-None-Match", answer.headers["etag"]),
                ("If-Modified-Since", answer.headers["last-modified"]),
            ):
                assert client.get(each["url"], headers={name: known}).status_code == 304
        assert twin["bulkPosition"] == whole.log.size
        for path in ("/bulk/manifest.json", "/bulk/.lock", "/bulk/..%2Flog.db"):
            assert client.get(path).status_code == 404
        page = client.get("/download").text
        dataset = client.get("/download.jsonld").json()
    assert all(each["sha256"] in page for each in files)
    assert dataset["@type"] == "Dataset"
    linked = {each["contentUrl"]: each["sha256"] for each in dataset["distribution"]}
    assert linked == {whole.url + each["url"]: each["sha256"] for each in files}


def test_lines_are_the_releases_byte_for_byte(whole):
    """Each line is a body, and the table names its index and its hash."""
    manifest = read_manifest(whole.settings.folder / "bulk")
    lines = lines_of(whole, manifest)
    assert lines == released(whole)
    (part,) = manifest.releases
    table = next(each for each in part.files if each.form == "csv")
    rows = table_of(whole, table.name)
    assert [row["sha256"] for row in rows] == [sha256(each).hexdigest() for each in lines]
    assert {row["exact"] for row in rows} == {"true"}
    assert [int(row["line"]) for row in rows] == list(range(1, len(lines) + 1))


def test_parquet_says_the_same(whole):
    """Where pyarrow is installed there is a table with the releases in it."""
    if not parquet.is_available():
        pytest.skip("no pyarrow; install the extra parquet")
    from pyarrow import parquet as read

    manifest = read_manifest(whole.settings.folder / "bulk")
    file = next(e for part in manifest.releases for e in part.files if e.form == "parquet")
    table = read.read_table(whole.settings.folder / "bulk" / file.name)
    assert table.column_names == [*releases.COLUMNS, "release"]
    bodies = [each.encode() for each in table.column("release").to_pylist()]
    assert bodies == released(whole)
    assert table.column("sha256").to_pylist() == [sha256(each).hexdigest() for each in bodies]


def test_a_budget_is_a_fiscal_data_package(whole):
    """The measures name columns that are there, and they add up to the page."""
    manifest = read_manifest(whole.settings.folder / "bulk")
    for holder in (each for each in manifest.tables if each.name == "budget"):
        (file,) = holder.files
        with zipfile.ZipFile(whole.settings.folder / "bulk" / file.name) as archive:
            package = json.loads(archive.read("datapackage.json"))
            (resource,) = package["resources"]
            text = archive.read(resource["path"]).decode()
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        assert [each["name"] for each in resource["schema"]["fields"]] == list(rows[0])
        for parts in package["model"].values():
            for each in parts.values():
                named = [each["source"]] if "source" in each else [*each["attributes"]]
                assert set(named) <= set(rows[0])
        (total,) = sums.totals(whole.index, holder.year)
        executed = package["model"]["measures"]["paid-idr"]
        assert (executed["phase"], executed["currency"]) == ("executed", "IDR")
        assert sum(Decimal(row["paid"]) for row in rows) * 100 == total.paid
        assert sum(Decimal(row["available"]) for row in rows) * 100 == total.available
        with whole.client() as client:
            described = client.get(f"/budgets/{holder.year}/datapackage.json").json()
            lines = client.get(f"/budgets/{holder.year}/{described['resources'][0]['path']}")
        assert described["model"] == package["model"]
        assert lines.text == text


def test_contracts_and_payments_are_all_there(whole):
    """Their tables have as many rows as the projections."""
    manifest = read_manifest(whole.settings.folder / "bulk")
    for name, known in (
        ("contracts", len(queries.contracts(whole.index, limit=1000))),
        ("payments", len(queries.payments(whole.index, limit=1000))),
    ):
        files = [f for each in manifest.tables if each.name == name for f in each.files]
        assert sum(len(table_of(whole, each.name)) for each in files) == known > 0


@pytest.fixture
def growing(tmp_path, monkeypatch):
    """A log of releases, and parts that are full after a few of them."""
    monkeypatch.setattr(releases, "FULL", 40_000)
    deployed = found(tmp_path / "data")
    more(deployed, 0, 12)
    yield deployed
    deployed.log.close()
    deployed.index.close()


def more(deployed: Deployed, first: int, last: int) -> None:
    """Publish releases with a text that does not compress."""
    key = deployed.key("ID-T", "procurement")
    for number in range(first, last):
        text = "".join(sha256(b"%d %d" % (number, at)).hexdigest() for at in range(300))
        head = {"ocid": f"o-{number}", "id": "1", "date": "2026-01-01T00:00:00Z", "tag": ["tender"]}
        said = {**head, "tender": {"id": "t", "title": text}}
        deployed.publish(key, RELEASE, f"o-{number}", said)
    deployed.follow()


def test_only_the_last_part_is_made_again(growing):
    """Full parts keep their bytes and times; nothing is done where nothing changed."""
    first = make(growing)
    assert len(first.releases) > 2
    assert [each.full for each in first.releases] == [True] * (len(first.releases) - 1) + [False]
    ends = [(each.first, each.last) for each in first.releases]
    assert all(one[1] + 1 == other[0] for one, other in pairwise(ends))
    assert make(growing) == first
    more(growing, 12, 20)
    second = make(growing)
    kept = len(first.releases) - 1
    assert second.releases[:kept] == first.releases[:kept]
    assert lines_of(growing, second) == released(growing)
    folder = growing.settings.folder / "bulk"
    named = {each.name for each in second.files()} | {"manifest.json", ".lock"}
    assert {each.name for each in folder.iterdir()} == named


def test_an_erased_body_leaves_the_files(growing):
    """The part that held it is made anew, whatever its age; the others stay."""
    first = make(growing)
    record = growing.log.record(first.releases[0].first + 2)
    growing.erase(record.entry.statement.body)
    growing.follow()
    second = make(growing)
    assert second.releases[0].erased == 1
    assert second.releases[1:-1] == first.releases[1:-1]
    lines = lines_of(growing, second)
    assert record.body not in lines
    assert len(lines) == 11
    folder = growing.settings.folder / "bulk"
    title = json.loads(record.body)["tender"]["title"].encode()
    for path in folder.glob("releases-*"):
        raw = path.read_bytes()
        assert title not in (gzip.decompress(raw) if path.suffix == ".gz" else raw)


def test_a_line_end_in_a_body_is_a_blank_and_said_so(tmp_path):
    """A body written over several lines is one line, equal as JSON, and marked as not exact."""
    deployed = found(tmp_path / "data")
    key = deployed.key("ID-T", "procurement")
    raw = b'{\r\n "ocid": "o-1",\n "id": "1", "date": "2026-01-01T00:00:00Z", "tag": ["tender"]\n}'
    publish_body(deployed.log, [key], RELEASE, "o-1", raw)
    deployed.follow()
    manifest = make(deployed)
    (line,) = lines_of(deployed, manifest)
    assert json.loads(line) == json.loads(raw)
    table = next(each for each in manifest.releases[0].files if each.form == "csv")
    (row,) = table_of(deployed, table.name)
    assert (row["exact"], row["sha256"]) == ("false", sha256(raw).hexdigest())
    deployed.log.close()
    deployed.index.close()


def test_two_jobs_do_not_meet(growing):
    """The second is told to wait; a manifest out of form is told, not passed over."""
    make(growing)
    folder = growing.settings.folder / "bulk"
    with job._alone(folder), pytest.raises(Unavailable):
        make(growing)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(Malformed):
        make(growing)


def test_without_files_the_page_says_so(tmp_path):
    """Before the first job nothing is promised."""
    with served(found(tmp_path / "data")) as site, site.client("en") as client:
        assert "jejak bulk" in client.get("/download").text
        assert client.get("/bulk/releases-2026-001.jsonl.gz").status_code == 404
