"""`jejak report`: read as an auditor would, who runs the command beside every assertion."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from audit import disagreeing, finding_lists, flag_commands, gathering, reporting
from audit.assertions import Assertion, LogAddress, Section, Table, Words, holds, row_line
from audit.contradiction_lines import contradiction_line
from audit.contradictions import Contradiction
from audit.indexing import root_of
from audit.printable import printable
from audit.report_facts import AuditReport
from audit.reporting import Engagement, make_report, sections
from audit.source import open_source
from ledger import deployment, settings
from ledger.errors import Malformed
from procurement import judging
from procurement.index import Cursor
from procurement.kinds import KINDS
from procurement.rules import CODES
from tests.audit.genuine import Genuine, run
from web.report_commands import write_report
from web.reporting import format_page

MADE = "2027-01-31T00:00:00Z"
ALL = ("2020-01-01", "2030-12-31")


@pytest.fixture(autouse=True, scope="module")
def _read_once() -> Iterator[None]:
    """Processes are read, and what holds is judged, once for each root: commands differ in more."""
    known: dict[tuple[str, str], Any] = {}

    def root(index: Any) -> str:
        with index.session() as opened:
            return root_of(index, opened.get(Cursor, 1).position).hex()

    def held(index: Any, log: Any) -> Any:
        return known.get(("held", root(index))) or known.setdefault(
            ("held", root(index)), judging.held(index, log)
        )

    def gather(index: Any) -> Any:
        return known.get(("processes", root(index))) or known.setdefault(
            ("processes", root(index)), list(gathering.gather(index))
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finding_lists, "held", held)
        for module in (flag_commands, disagreeing, reporting):
            patch.setattr(module, "gather", gather)
        yield


@pytest.fixture(scope="module")
def report(genuine: Genuine, chain: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The report over all of the log, as the command writes it."""
    assert chain
    folder = tmp_path_factory.mktemp("report")
    words = ("report", "--from", ALL[0], "--until", ALL[1], "-o", folder)
    code, told, _ = run("--data", genuine.folder, *words)
    assert (code, told.splitlines()[-1]) == (0, "verify: holds")
    return folder


def _assertions(told: Any) -> Iterator[Any]:
    for section in told["sections"]:
        yield from section["statements"]


def _unsupported(assertion: Any, output: str) -> Iterator[str]:
    """What of an assertion does not stand in the output of its command."""
    printed = set(output.splitlines())
    lines = [line for line in assertion["prints"] if line in printed]
    yield from (line for line in assertion["prints"] if line not in printed)
    for value in assertion["values"].values():
        if not any(holds(line, value) for line in lines):
            yield f"value {value}"
    for row in assertion.get("table", {"rows": []})["rows"]:
        figures = [cell for cell in row if isinstance(cell, str) and cell]
        if not any(all(holds(line, figure) for figure in figures) for line in lines):
            yield f"row {row}"


def _reproduced(told: Any, words: Sequence[str] = ()) -> tuple[int, list[str]]:
    """Run the commands beside the assertions (of `words` alone); how many, and what is amiss."""
    amiss, outputs = [], {}
    for assertion in _assertions(told):
        command = assertion["command"]
        if command not in outputs and (not words or set(words) & set(shlex.split(command))):
            program, *arguments = shlex.split(command)
            assert program == "jejak"
            outputs[command] = run(*arguments)[1]
        if command in outputs:
            amiss += list(_unsupported(assertion, outputs[command]))
    return len(outputs), amiss


def test_every_assertion_is_reproduced(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command beside it, run from another folder, prints its figures and each of its rows."""
    told = json.loads((report / "report.json").read_bytes())
    monkeypatch.chdir(tmp_path)
    commands, amiss = _reproduced(told)
    assert amiss == []
    assert commands > 20
    assert all(set(each["text"]) == {"id", "en"} for each in _assertions(told))
    changed = json.loads(json.dumps(told).replace('"prints": ["verify: holds"', '"prints": ["lie"'))
    assert _reproduced(changed, ["verify"])[1] == ["lie"]


def test_what_the_year_has_is_in_the_report(report: Path, genuine: Genuine) -> None:
    """All rules, flags and files copied; the root is the one that was verified."""
    told = json.loads((report / "report.json").read_bytes())
    assert told["root"] == told["verified"]["root"]
    assert (told["size"], told["holds"], told["pinned"]) == (genuine.size, True, True)
    sections = {each["code"]: each["statements"] for each in told["sections"]}
    assert [row[0] for row in sections["rules"][0]["table"]["rows"]] == list(CODES)
    assert len(sections["flags"][0]["table"]["rows"]) == 43
    assert {row[0] for row in sections["sources"][0]["table"]["rows"]} >= {
        "urn:set:uk-contracts-finder",
        "urn:set:md-mtender",
    }
    assert (report / "checkpoint").read_bytes() == (genuine.public / "checkpoint").read_bytes()


def test_what_each_flag_was_computed_from_is_in_the_report(report: Path, genuine: Genuine) -> None:
    """The figures behind every value stand in its row, as `jejak flags --json` has them."""
    asked = ("--data", genuine.folder, "--json", "flags", "--at", genuine.size)
    results = json.loads(run(*asked)[1])["results"]
    computed = {
        (f"{each['scope']} {each['subject']}", each["code"]): each["figures"] for each in results
    }
    told = json.loads((report / "report.json").read_bytes())
    (flags,) = (each for each in told["sections"] if each["code"] == "flags")
    shown = {
        (row[0], shlex.split(each["command"])[4]): row[2]
        for each in flags["statements"][1:]
        for row in each["table"]["rows"]
    }
    assert set(shown) == set(computed)
    for which, figures in computed.items():
        assert shown[which] == ", ".join(f"{name} {value}" for name, value in figures.items())
    assert sum(map(bool, shown.values())) > 20


def _made(genuine: Genuine, place: LogAddress, tree: Path, bounds: tuple[str, str]) -> AuditReport:
    trust = deployment.read_trust(genuine.trust)
    with deployment.open_chain(settings.load(genuine.folder)) as asked:
        audited = Engagement(open_source(tree), place, KINDS, trust, [asked])
        return make_report(audited, *bounds, MADE)


def _said(report: AuditReport) -> list[Any]:
    """All that a report says, but for its commands."""
    told = report.to_json()
    for assertion in _assertions(told):
        del assertion["command"]
    return [told["sections"], told["root"]]


@pytest.fixture(scope="module")
def bounds(genuine: Genuine) -> tuple[str, str]:
    """Two moments between which some entries were recorded, and some before and after."""
    log = deployment.open_log(settings.load(genuine.folder), KINDS)
    found = (log.record(30).entry.at, log.record(genuine.anchored[0] + 30).entry.at)
    log.close()
    return found


@pytest.fixture(scope="module")
def own(genuine: Genuine, chain: str, bounds: tuple[str, str]) -> AuditReport:
    """The report of the log's own folder between these moments."""
    assert chain
    place = LogAddress(str(genuine.folder), None, str(genuine.trust))
    return _made(genuine, place, genuine.public, bounds)


def test_a_stranger_writes_the_same(
    genuine: Genuine,
    chain: str,
    exported: Path,
    own: AuditReport,
    bounds: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From exported files, of a period in the middle: the same words, and its commands hold."""
    stranger = LogAddress(None, str(exported), str(genuine.trust), (chain,))
    made = _made(genuine, stranger, exported, bounds)
    assert _said(made) == _said(own)
    results = made.facts.results
    assert results is not None
    assert results.first is not None
    assert 0 < results.first < results.size < genuine.size
    monkeypatch.chdir(tmp_path)
    commands, amiss = _reproduced(made.to_json(), ["verify", "period", "software"])
    assert (commands, amiss) == (3, [])
    totals = next(each for each in _assertions(made.to_json()) if "--new-from" in each["command"])
    _, *words = shlex.split(totals["command"])
    assert list(_unsupported(totals, run(*words)[1])) == []


def test_an_empty_period_is_told(genuine: Genuine, own: AuditReport) -> None:
    """Of a time without entries it says so; what stood at its end is still told."""
    asked = ("--from", "2019-01-01", "--until", "2019-12-31")
    told = json.loads(run("--data", genuine.folder, "--json", "period", *asked)[1])
    results = own.facts.results
    assert results is not None
    facts = replace(own.facts, results=replace(results, period=told))
    found = {each.code: each for each in sections(facts)}
    assert found["period"].assertions[1].prints == ("in the period: 0 entries",)
    assert found["rules"].assertions
    with pytest.raises(Malformed):
        _made(genuine, LogAddress("x"), genuine.public, ("2019-12-31", "2019-01-01"))


def test_failed_evidence_comes_first(genuine: Genuine, exported: Path, tmp_path: Path) -> None:
    """The exit code is 1, the failure is named, and no result stands beside it."""
    tree, folder = tmp_path / "tree", tmp_path / "report"
    shutil.copytree(exported, tree)
    path = tree / "bodies/000"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(bytes(raw))
    words = ("--from", ALL[0], "--until", ALL[1], "--trust", genuine.trust, "-o", folder)
    code, told, _ = run("report", tree, *words)
    assert (code, told.splitlines()[-1].startswith("verify: FAILS at entry")) == (1, True)
    found = json.loads((folder / "report.json").read_bytes())
    assert (found["holds"], found["root"]) == (False, None)
    assert [each["code"] for each in found["sections"]] == ["evidence", "unchecked", "software"]
    assert found["sections"][0]["statements"][0]["prints"][0].startswith("verify: FAILS at entry")
    page = (folder / "report.html").read_text("utf-8")
    assert page.index("BUKTI GAGAL") < page.index("<dl>")
    assert _reproduced(found, ["verify"])[1] == []


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name == "src"]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_shows_what_others_wrote_and_obeys_nothing_of_it(own: AuditReport) -> None:
    """Hostile words are words; amounts are copied as they are printed; no script and no address."""
    hostile = '<script>alert(1)</script>"><img src=x onerror=y>{{ 7*7 }} 1234567.00 IDR'
    assertion = Assertion(
        Words("{it}", "{it}"),
        f"jejak findings --subject '{hostile}'",
        (hostile,),
        {"it": hostile},
        Table((Words("A", "A"),), ((hostile,),)),
    )
    section = Section("flags", Words(hostile, hostile), (assertion,))
    facts = replace(own.facts, place=LogAddress(hostile), origin=hostile)
    report = replace(own, facts=facts, sections=(section,))
    for language in ("id", "en"):
        page, tags = format_page(report, language), _Tags()
        tags.feed(page)
        assert not {"script", "img", "link", "iframe", "form"} & tags.seen
        assert tags.text.count(hostile) >= 3
        assert "http" not in page.replace('http-equiv="Content-Security-Policy"', "")


def test_blanks_at_the_end_of_a_name_stop_no_report() -> None:
    """A contract's id is what somebody has written: its contradiction is told, whatever it is."""
    for part in ("C1 ", " ", "C\n", "\u3000", "C.", ""):
        line = contradiction_line(Contradiction("code", "ocds-1", part, (), ()))
        assert row_line(("ocds-1", printable(part)), [line]) == line


def test_a_number_of_a_person_is_in_no_file_of_a_report(own: AuditReport, tmp_path: Path) -> None:
    """What an auditor wrote by mistake stays in the log, and is not handed on."""
    line = "case 7 opened since 7, ID-A: NIK 3273011203900001"
    said = Words("Kasus", "Cases")
    table = Table((said,), (("NIK 3273011203900001",),))
    section = Section("cases", said, (Assertion(said, "jejak period", (line,), table=table),))
    write_report(replace(own, sections=(section,)), tmp_path)
    for name in ("report.json", "report.html", "report.en.html"):
        written = (tmp_path / name).read_text("utf-8")
        assert "jejak period" in written
        assert "3273011203900001" not in written


def test_an_assertion_says_nothing_that_its_command_does_not_print() -> None:
    """A value, or a row, that no line holds is refused when the report is written."""
    lines = ("CODE: judged 13, broken 1",)
    said = Words("{n}", "{n}")
    for values, rows in (({"n": "3"}, ()), ({}, (("CODE", "31"),)), ({}, (("CODE", "2", "13"),))):
        kept: Mapping[str, str] = values
        with pytest.raises(ValueError, match="no line"):
            Assertion(said, "jejak findings", lines, kept, Table((said,), rows))
    assert Assertion(said, "jejak findings", lines, {"n": "13"}).sentence("en") == "13"
