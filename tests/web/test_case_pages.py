"""Cases end to end: opened, answered and ended by command, and what the pages then say."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from ledger.settings import write_secret
from procurement.case_notes import EntryRef, Reply, note_body
from tests.audit.genuine import run
from tests.web.sites import Deployed, found, served

AGENCY, BOARD, STRANGER = "ID-DINAS", "ID-BPK", "ID-LAIN"
OCID = "ocds-cases0-0001"
PEOPLE = {
    "agency": (AGENCY, "procurement"),
    "board": (BOARD, "auditor"),
    "stranger": (STRANGER, "procurement"),
}


@dataclass
class Book:
    """A site with a process about which a case was opened and answered."""

    site: Deployed
    folder: Path
    release: int = 0
    opened: int = 0
    answered: int = 0

    def run(self, *arguments: Any) -> Any:
        """What a command says, as JSON; its complaint where it fails."""
        return said("--data", self.site.settings.folder, *arguments)

    def key(self, name: str) -> tuple[str, Path]:
        """The option that names somebody's key."""
        return "--key", self.folder / f"{name}.key"


def said(*arguments: Any) -> Any:
    """What the program prints in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["jejak", "--json"])
        code, told, errors = run("--json", *arguments)
    return json.loads(errors.splitlines()[-1] if code else told)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """The site; the case was opened with what a flag has found, and answered."""
    folder = tmp_path_factory.mktemp("keys")
    site = found(tmp_path_factory.mktemp("cases"))
    keys = {name: site.key(org, role) for name, (org, role) in PEOPLE.items()}
    for name, key in keys.items():
        write_secret(folder / f"{name}.key", key.seed)
    made = Book(site, folder)
    tender = {"id": "T", "status": "complete", "procurementMethod": "open", "numberOfTenderers": 1}
    award = {"id": "A", "status": "active", "suppliers": [{"id": "S", "name": "PT Satu"}]}
    made.release = site.publish(
        keys["agency"],
        "ocds/release",
        OCID,
        {
            "ocid": OCID,
            "id": "1",
            "date": "2026-02-01T00:00:00Z",
            "tag": ["tender", "award"],
            "initiationType": "tender",
            "buyer": {"id": AGENCY, "name": "Dinas"},
            "tender": {
                **tender,
                "title": "Jembatan",
                "tenderers": [{"id": "S", "name": "PT Satu"}],
            },
            "awards": [award],
        },
    )
    flags = folder / "flags.json"
    flags.write_text(json.dumps(made.run("flags", "R018", "--subject", OCID)))
    words = ("--text", "Mengapa satu?", "--text-en", "Why one?")
    told = made.run("finding", "open", "--from-flag", flags, *words, *made.key("board"))
    made.opened = told["index"]
    answer = ("--text", "Tidak ada\nyang lain. NIK 3273011203900001")
    refused = made.run("finding", "answer", made.opened, *answer, *made.key("agency"))
    assert refused["error"] == "unacceptable"
    told = made.run("finding", "answer", made.opened, "--text", "Tidak ada.", *made.key("agency"))
    made.answered = told["index"]
    site.follow()
    with served(site):
        yield made


def test_a_flag_becomes_a_finding_that_can_be_reproduced(book: Book) -> None:
    """Code, version, value and entries stand in the finding, with the command that gives them."""
    with book.site.client() as client:
        case = client.get(f"/cases/{book.opened}.json").json()
    ground = case["ground"]
    assert (ground["code"], ground["outcome"], ground["subject"]) == ("R018", "flagged", OCID)
    again = book.run(*ground["command"].split()[1:])
    result = again["results"][0]
    assert (result["version"], result["value"]) == (ground["version"], ground["value"])
    assert result["entries"] == case["leaves"]


def test_what_would_change_nothing_is_not_signed(book: Book) -> None:
    """The command says why, and the log stays as it was."""
    size = book.site.log.size
    tries = [
        ("answer", "stranger", "not-authorised"),
        ("resolve", "agency", "not-authorised"),
        ("reject", "stranger", "not-authorised"),
    ]
    for act, name, code in tries:
        told = book.run("finding", act, book.opened, "--text", "Ya.", *book.key(name))
        assert told["error"] == code
        assert told["remedy"]
    entry = ("--entry", book.release, "--text", "Ya.")
    told = book.run("finding", "open", *entry, *book.key("agency"))
    assert (told["error"], book.site.log.size) == ("not-authorised", size)
    draft = book.folder / "draft.json"
    told = book.run("finding", "open", *entry, "--draft", draft)
    assert (told["kind"], book.site.log.size) == ("note", size)
    assert json.loads(draft.read_bytes())["about"] == [told["subject"]]


@pytest.fixture(scope="module")
def astray(book: Book) -> int:
    """The entry by which a stranger, who signs elsewhere and sends, would end the case."""
    there = ("--to", book.site.url, "--log", book.site.settings.origin)
    text = ("--text", "Selesai.", *book.key("stranger"))
    told = said("--data", book.folder, "finding", "resolve", book.opened, *text, *there)
    book.site.follow()
    return int(told["index"])


def test_a_stranger_may_speak_to_a_server_and_ends_nothing(book: Book, astray: int) -> None:
    """His note is shown with the reason why it changed nothing."""
    with book.site.client("en") as client:
        case = client.get(f"/cases/{book.opened}.json").json()
        page = BeautifulSoup(client.get(f"/cases/{book.opened}").content, "html.parser")
        entry = client.get(f"/e/{astray}").text
    assert case["case"]["state"] == "answered"
    remarks = {each["index"]: each["remark"] for each in case["said"]}
    assert list(remarks.values())[:2] == ["", ""]
    assert remarks[astray] == "not-auditor"
    assert "Does not change the state of the case" in page.select_one(f"#e{astray}").text
    assert "Does not change the state of the case" in entry


@pytest.mark.parametrize("language", ["id", "en"])
def test_both_sides_are_on_the_pages_concerned(book: Book, language: str) -> None:
    """Process, entry and organisation lead to the case; it says what both said, and who signed."""
    words = {"id": "Mengapa satu?", "en": "Why one?"}
    with book.site.client(language) as client:
        for path in (f"/process/{OCID}", f"/e/{book.release}", f"/orgs/{AGENCY}", "/cases"):
            page = BeautifulSoup(client.get(path).content, "html.parser")
            link = page.find("a", href=lambda to: to and to.startswith(f"/cases/{book.opened}"))
            assert link is not None, path
            assert link.text.strip() == words[language]
        page = client.get(f"/cases/{book.opened}").text
        assert "/cases" in client.get("/findings").text
    assert all(word in page for word in ("Mengapa satu?", "Why one?", "Tidak ada."))
    assert all(f"Office of {org}" in page for org in (AGENCY, BOARD))


def test_a_page_of_the_past_shows_the_case_of_its_day(book: Book) -> None:
    """Before the finding there is none, after it the case is opened, then answered."""
    with book.site.client() as client:

        def state(page: str, at: int) -> list[str]:
            return [each["state"] for each in client.get(f"{page}.json?at={at}").json()["cases"]]

        for page in (f"/process/{OCID}", f"/orgs/{AGENCY}"):
            assert state(page, book.opened - 1) == []
            assert state(page, book.opened) == ["opened"]
            assert state(page, book.answered) == ["answered"]
        since = client.get(f"/process/{OCID}.json?at={book.opened - 1}").json()["asKnownOn"]
    assert {book.opened, book.answered} <= {each["index"] for each in since["changes"]}


def test_lists_are_narrowed_and_can_be_taken_along(book: Book) -> None:
    """By state and organisation, as page, CSV and Atom; an unknown state is refused."""
    with book.site.client() as client:

        def listed(query: str) -> list[int]:
            return [each["index"] for each in client.get(f"/cases.json{query}").json()["cases"]]

        assert listed("?state=open") == listed("?state=answered") == [book.opened]
        assert listed("?state=resolved") == listed(f"?org={STRANGER}") == []
        assert listed(f"?org={AGENCY}&before={book.opened + 1}") == [book.opened]
        assert client.get("/cases?state=won").status_code == 422
        assert client.get("/cases/0").status_code == 404
        rows = list(csv.DictReader(io.StringIO(client.get("/cases.csv?state=open").text)))
        feed = client.get("/cases.atom").text
    assert [(row["index"], row["textEnglish"]) for row in rows] == [(str(book.opened), "Why one?")]
    assert f"/cases/{book.opened}" in feed


def test_an_evidence_pack_holds_both_notes(book: Book, astray: int) -> None:
    """Who takes the process along takes what was found and answered, with receipts."""
    with book.site.client() as client:
        packs = [
            zipfile.ZipFile(io.BytesIO(client.get(f"{path}/evidence.zip").content))
            for path in (f"/process/{OCID}", f"/e/{book.release}")
        ]
    for pack in packs:
        names = set(pack.namelist())
        for index in (book.opened, book.answered):
            assert {f"receipts/{index}.receipt.json", f"bodies/{index}.json"} <= names
        # Of what strangers wrote below it there may be any amount.
        assert f"receipts/{astray}.receipt.json" not in names


def test_a_case_is_shown_by_command(book: Book) -> None:
    """As it stands, and as it stood at a size of the log."""
    now = book.run("finding", "show", book.opened)
    then = book.run("finding", "show", book.opened, "--at", book.opened + 1)
    assert (now["state"], then["state"]) == ("answered", "opened")
    assert [each["act"] for each in then["said"]] == ["open"]


@pytest.mark.parametrize(
    "sign",
    ["\u200b", "\u200e", "\u061c", "\u202e", "\u2067", "\u00ad", "\ufeff", "\u3164", "\U000e0041"],
)
def test_signs_that_nobody_sees_are_not_written(book: Book, sign: str) -> None:
    """Whoever writes is told which sign it is, and what to do; nothing is signed."""
    size = book.site.log.size
    words = ("--text", f"Sudah{sign} disetor.", *book.key("agency"))
    told = book.run("finding", "answer", book.opened, *words)
    assert (told["error"], bool(told["remedy"])) == ("unacceptable", True)
    assert f"U+{ord(sign):04X}" in told["message"]
    assert book.site.log.size == size


def test_signs_that_nobody_sees_are_shown(book: Book) -> None:
    """Who signs elsewhere can write them: pages and twins show where they stand."""
    place = EntryRef(book.opened, book.site.log.record(book.opened).leaf_hash.hex())
    hidden = "Lunas\u200b\u200f dan\u00a0selesai.\n\u2060Ya."
    body = {**note_body(Reply("answer", place, {"id": hidden})), "salt": "0" * 32}
    key = book.site.key(AGENCY, "treasury")
    book.site.publish(key, "note", body["about"][0], body)
    book.site.follow()
    shown = "Lunas\ufffd\ufffd dan\u00a0selesai.\n\ufffdYa."
    with book.site.client() as client:
        said = client.get(f"/cases/{book.opened}.json").json()["said"]
        page = client.get(f"/cases/{book.opened}").text
    assert shown in [each["text"]["id"] for each in said]
    assert not {"\u200b", "\u200f", "\u2060"} & set(page)
    assert all(line in page for line in shown.split("\n"))
