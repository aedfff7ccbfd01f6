"""Releases are cut out of every form of file as they stand, and the rest is named."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.body import MAX_BODY
from procurement import reading, unpacking
from procurement.reading import Item, RefusedItem, read_items
from tests.procurement.sets import SETS, real_lines

RELEASE = b'{ "ocid":"a-1", "id":1,"date":"2024-01-01","tag":["tender"],"value":1234.50 }'
OTHER = b'{"ocid":"a-2","id":"\xc3\xa9","date":"2024-01-02","tag":["award"]}'
LINKED = b'{"url":"https://example.org/r/1","date":"2024-01-01","tag":["tender"]}'
# releases found in raw.tar.gz, refused in it, and lines of releases.jsonl.gz
COUNTS = {
    "ca-buyandsell": (33, 0, 22),
    "co-secop": (31, 0, 21),
    "md-mtender": (102, 0, 51),
    "mx-gacm": (322, 0, 312),
    "ng-bpp": (23, 0, 12),
    "py-dncp": (74, 51, 74),
    "ua-prozorro": (22, 0, 11),
    "uk-contracts-finder": (233, 0, 222),
}


def _write(path, raw):
    path.write_bytes(raw)
    return path


def _raws(path):
    return [each.raw for each in read_items(path) if isinstance(each, Item)]


def _tar(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for name, raw in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(raw)
            archive.addfile(entry, io.BytesIO(raw))
    return path


@pytest.mark.parametrize("name", SETS)
def test_real_sets_are_cut_out_byte_for_byte(name, shared_data):
    """Every release of the eight sets is found, and its bytes stand so in the source."""
    folder = shared_data / name
    with tarfile.open(folder / "raw.tar.gz") as archive:
        source = b"\0".join(archive.extractfile(each).read() for each in archive)
    found = list(read_items(folder / "raw.tar.gz"))
    items = [each for each in found if isinstance(each, Item)]
    lines = _raws(folder / "releases.jsonl.gz")
    assert (len(items), len(found) - len(items), len(lines)) == COUNTS[name]
    assert all(each.raw in source for each in items)
    assert lines == list(real_lines(folder))


def test_the_eight_sets_hold_725_releases():
    """The table of counts adds up to the releases the sets hold."""
    assert sum(lines for _, _, lines in COUNTS.values()) == 725


def test_a_package_gives_its_releases_unchanged(tmp_path):
    """Spaces, spelling of numbers and order of members survive the cutting."""
    package = b'{"uri":"x","releases":[ ' + RELEASE + b" ,\n" + OTHER + b'],"version":"1.1"}'
    path = _write(tmp_path / "package.json", package)
    assert _raws(path) == [RELEASE, OTHER]
    assert [each.position for each in read_items(path)] == ["release 1", "release 2"]


def test_a_single_release_is_the_whole_file(tmp_path):
    """The body of a file that is one release is the file, white space included."""
    raw = b"\n" + RELEASE + b"\n"
    (item,) = read_items(_write(tmp_path / "one.json", raw))
    assert hashlib.sha256(item.raw).digest() == hashlib.sha256(raw).digest()


def test_records_give_embedded_releases_and_name_linked_ones(tmp_path):
    """Of a record package the embedded releases are taken; links are named, summaries left."""
    record = b'{"ocid":"a","compiledRelease":{"id":"c"},"releases":[%s,%s]}' % (RELEASE, LINKED)
    only = b'{"ocid":"b","compiledRelease":{"id":"c"}}'
    path = _write(tmp_path / "r.json", b'{"records":[%s,%s]}' % (record, only))
    taken, linked, compiled = read_items(path)
    assert (taken.raw, taken.position) == (RELEASE, "record 1, release 1")
    assert linked.reason == "linked, not embedded: https://example.org/r/1"
    assert compiled == RefusedItem("r.json", "record 2", "the record embeds no releases")


def test_a_published_compiled_release_is_a_release(tmp_path):
    """What was published with the tag compiled stands for itself."""
    raw = b'{"ocid":"a","id":"1","date":"2024-01-01","tag":["compiled"]}'
    assert _raws(_write(tmp_path / "c.json", raw)) == [raw]


@pytest.mark.parametrize("name", ["x.jsonl", "x.json", "x.ndjson"])
def test_json_lines_go_on_after_a_bad_line(name, tmp_path):
    """A broken line is named by its number and the next one is read."""
    path = _write(tmp_path / name, RELEASE + b"\n\n{broken\r\n[1]\n" + OTHER)
    found = list(read_items(path))
    assert [each.position for each in found] == ["line 1", "line 3", "line 4, item 1", "line 5"]
    assert [type(each) for each in found] == [Item, RefusedItem, RefusedItem, Item]
    assert _raws(path) == [RELEASE, OTHER]


def test_an_array_and_a_byte_order_mark(tmp_path):
    """Arrays of releases and packages are taken apart; a mark before the document is no release."""
    path = _write(tmp_path / "a.json", b'\xef\xbb\xbf[%s,{"releases":[%s]}]' % (RELEASE, OTHER))
    assert _raws(path) == [RELEASE, OTHER]


def test_tar_members_are_named_and_bad_ones_passed_over(tmp_path):
    """Long names, gzip inside, empty and broken members: each is named, the rest is read."""
    long = "folder/" * 30 + "long.json"
    members = [
        ("empty.json", b""),
        ("broken.json.gz", gzip.compress(RELEASE)[:-9]),
        ("good.jsonl.gz", gzip.compress(RELEASE + b"\n" + RELEASE)),
        (long, OTHER),
    ]
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        path = tmp_path / f"{form}.tar.gz"
        with tarfile.open(path, "w:gz", format=form) as archive:
            for name, raw in members:
                entry = tarfile.TarInfo(name)
                entry.size = len(raw)
                archive.addfile(entry, io.BytesIO(raw))
        found = list(read_items(path))
        assert [each.name.partition(":")[2] for each in found] == [
            "empty.json",
            "broken.json.gz",
            "good.jsonl.gz",
            "good.jsonl.gz",
            long,
        ]
        assert _raws(path) == [RELEASE, RELEASE, OTHER]


def test_a_link_in_a_tar_is_not_followed(tmp_path):
    """A symbolic link is named, not read."""
    path = tmp_path / "l.tar"
    with tarfile.open(path, "w") as archive:
        entry = tarfile.TarInfo("passwd.json")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
    assert list(read_items(path)) == [RefusedItem("l.tar:passwd.json", "", "it is no regular file")]


def test_a_truncated_archive_keeps_what_came_before(tmp_path):
    """What was whole before the break is taken; the break is named."""
    whole = _tar(tmp_path / "w.tar.gz", [("1.json", RELEASE), ("2.json", OTHER * 5000)])
    path = _write(tmp_path / "t.tar", gzip.decompress(whole.read_bytes())[:9000])
    first, second = read_items(path)
    assert first.raw == RELEASE
    assert "could not be read on" in second.reason


def test_a_gzip_bomb_is_refused_in_flat_memory(tmp_path):
    """A quarter gigabyte in a quarter megabyte is refused early, without being held."""
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=9) as bomb:
        for _ in range(256):
            bomb.write(b" " * 2**20)
    tracemalloc.start()
    (refused,) = read_items(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert f"more than {unpacking.MAX_RATIO} times" in refused.reason
    assert peak < 64 * 2**20


def test_a_line_over_8_mib_is_named_and_passed_over(tmp_path):
    """An overlong line is refused by number and the line after it is read."""
    path = _write(tmp_path / "x.jsonl", b"9" * (MAX_BODY * 2) + b"\n" + RELEASE)
    refused, item = read_items(path)
    assert (refused.position, item.position, item.raw) == ("line 1", "line 2", RELEASE)


def test_a_release_over_8_mib_in_a_package_is_refused(tmp_path):
    """A package may be larger than a body; a release in it may not."""
    big = b'{"ocid":"b","id":"' + b"x" * MAX_BODY + b'"}'
    path = _write(tmp_path / "p.json", b'{"releases":[%s,%s]}' % (big, RELEASE))
    refused, item = read_items(path)
    assert f"{MAX_BODY} are allowed" in refused.reason
    assert item.raw == RELEASE


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        b'{"releases":' + b"[" * 100_000,
        b'{"records":[{"records":' + b"[" * 100_000,
        b'{"records":' * 50_000,
        b'{"releases":5}',
        b'{"releases":[1,2]}',
        b'{"releases":[{"a":1} 7',
        b"\xff\xfe{}",
        b"nonsense",
        b'{"releases":[NaN]}',
        b'{"releases":[' + b"9" * 100_000 + b"]}",
    ],
)
def test_hostile_documents_are_refused_and_nothing_else_is_raised(raw, tmp_path):
    """Depth, wrong types, broken text: a reason, never an exception."""
    found = list(read_items(_write(tmp_path / "h.json", raw)))
    assert found
    assert all(isinstance(each, RefusedItem | Item) for each in found)
    assert not any(isinstance(each, Item) and b"releases" in each.raw for each in found)


def test_a_document_of_nothing_useful_is_given_up(tmp_path):
    """Millions of elements that are no releases are not refused one by one."""
    path = _write(tmp_path / "x.json", b"[" + b"1," * 500_000 + b"1]")
    assert len(list(read_items(path))) == reading.MAX_USELESS + 1
    mixed = b"[" + RELEASE + b",1" * 5000 + b"," + OTHER + b"]"
    assert _raws(_write(tmp_path / "m.json", mixed)) == [RELEASE, OTHER]


@given(st.binary(max_size=300) | st.text(alphabet='[]{}",:\\ 0a\n', max_size=200).map(str.encode))
def test_any_bytes_can_be_read(raw):
    """No content makes reading raise."""
    member = unpacking.Member("x.json", io.BufferedReader(io.BytesIO(raw)))
    for each in reading._readable_items(member):
        assert isinstance(each, RefusedItem | Item)


json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    st.lists,
    max_leaves=9,
)


@given(st.lists(st.dictionaries(st.text(), json_value), max_size=5), st.sampled_from([None, 2]))
def test_elements_are_the_exact_slices(values, indent):
    """Whatever is in an array and however it is spaced, its elements come out as written."""
    texts = [json.dumps(each, indent=indent, ensure_ascii=False).encode() for each in values]
    array = b"[" + b" ,\n".join(texts) + b" ]"
    assert [raw for _, raw in reading._elements(array)] == texts
