"""Registrars act together, each with a key on a machine of their own, by files and commands."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import msgspec
import pytest

from tests.ledger.commands import ORIGIN, Town, run


@pytest.fixture
def town(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Town:
    """A log that two of three registrars lead."""
    made = Town(tmp_path, capsys, tmp_path / "data")
    made.found()
    return made


def enrol(town: Town, name: str, *more: object) -> tuple[object, ...]:
    """The command that enrols the key of an office."""
    public = f"{town.key(name)}.pub"
    return ("key", "enrol", public, "--org", "ID-1", "--office", name, "--role", "budget", *more)


def test_act_is_signed_off_line_and_submitted(town: Town) -> None:
    """Nothing is recorded before enough registrars have signed, each where the key lies."""
    act = town.folder / "act.json"
    assert town.does(*enrol(town, "anggaran", "--act", act))["signatures"] == 0
    assert town.does("key", "list")["keys"] == []
    town.refused("act", "submit", act)
    town.signed(act, "a")
    assert "1 of 2 registrars" in town.refused("act", "submit", act)
    town.signed(act, "c")
    assert town.does("act", "submit", act)["index"] == 1
    assert town.does("act", "submit", act) == town.does("act", "submit", act)
    assert [each["key"] for each in town.does("key", "list")["keys"]] == [town.public("anggaran")]


def test_signing_twice_is_one_signature(town: Town) -> None:
    """One registrar does not make a threshold of two."""
    act = town.folder / "act.json"
    town.does(*enrol(town, "anggaran", "--act", act))
    town.signed(act, "a", "a")
    assert "1 of 2 registrars" in town.refused("act", "submit", act)


def test_signature_of_another_spoils_an_act(town: Town) -> None:
    """Somebody who is no registrar cannot complete it."""
    act = town.folder / "act.json"
    town.does(*enrol(town, "anggaran", "--act", act))
    town.signed(act, "a", "asing")
    town.refused("act", "submit", act)


def test_changed_act_is_refused(town: Town) -> None:
    """An act that is altered between two registrars is not the one that was signed."""
    act, other = town.folder / "act.json", town.folder / "other.json"
    town.does(*enrol(town, "anggaran", "--act", act))
    town.does(*enrol(town, "asing", "--act", other))
    town.signed(act, "a", "b")
    genuine, foreign = (json.loads(each.read_bytes()) for each in (act, other))
    act.write_bytes(msgspec.json.encode(genuine | {"body": foreign["body"]}))
    assert "not the one that its statement names" in town.refused("act", "submit", act)
    act.write_bytes(msgspec.json.encode(foreign | {"signatures": genuine["signatures"]}))
    assert "does not verify" in town.refused("act", "submit", act, code=1)
    assert town.does("key", "list")["keys"] == []


def test_act_is_shown_in_full(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    """A registrar reads what is signed: kind, log and every member of the body, escaped."""
    act = town.folder / "act.json"
    town.does(*enrol(town, "anggaran", "--act", act, "--legal-basis", "SK \u202e1/2026"))
    capsys.readouterr()
    assert run("act", "show", act) == 0
    shown = capsys.readouterr().out
    assert "registry/key" in shown
    assert ORIGIN in shown
    assert '"office": "anggaran"' in shown
    assert "\\u202e1/2026" in shown
    assert "nobody yet" in shown


def test_a_signature_in_a_file_is_a_claim(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    """Any key id can be written into a file: who is shown it is told that it is not verified."""
    act, other = town.folder / "act.json", town.folder / "other.json"
    town.does(*enrol(town, "anggaran", "--act", act))
    town.does(*enrol(town, "asing", "--act", other))
    forged = json.loads(town.signed(other, "a").read_bytes())["signatures"]
    act.write_bytes(msgspec.json.encode(json.loads(act.read_bytes()) | {"signatures": forged}))
    capsys.readouterr()
    assert run("act", "show", act) == 0
    shown = capsys.readouterr().out.splitlines()
    assert f"claims to be signed by: {town.public('a')}" in shown
    assert not [line for line in shown if line.startswith("signed by")]


def test_some_registrars_sign_at_once_and_others_later(town: Town) -> None:
    """Registrars who are present sign with --registrar; the file is for the others."""
    act = town.folder / "act.json"
    made = enrol(town, "anggaran", "--act", act, "--registrar", town.key("b"))
    assert town.does(*made)["signatures"] == 1
    assert town.does("act", "submit", town.signed(act, "c"))["index"] == 1


def test_root_is_rotated_and_a_lost_registrar_key_left_out(town: Town) -> None:
    """Two of three replace the third, whose key is lost; afterwards it counts no more."""
    root = town.signed(town.root("next.json", 2, "a", "b", "d"), "a", "b")
    town.does("act", "submit", root)
    listed = {each["key"] for each in town.does("key", "list")["registrars"]}
    assert listed == {town.public(name) for name in "abd"}
    with_lost = ("--registrar", town.key("a"), "--registrar", town.key("c"))
    town.refused(*enrol(town, "anggaran", *with_lost))
    with_new = ("--registrar", town.key("a"), "--registrar", town.key("d"))
    assert "index" in town.does(*enrol(town, "anggaran", *with_new))


def test_one_registrar_does_not_rotate_the_root(town: Town) -> None:
    """A root of the thief's own is not signed by the threshold of the one in force."""
    town.refused("act", "submit", town.signed(town.root("mine.json", 1, "c"), "c"))


def test_stolen_registrar_key_is_revoked_before_it_is_replaced(town: Town) -> None:
    """Revoked, it counts in no threshold, even while it is still listed in the root."""
    both = ("--registrar", town.key("a"), "--registrar", town.key("b"))
    town.does("key", "revoke", town.public("c"), "--reason", "dicuri", *both)
    with_stolen = ("--registrar", town.key("a"), "--registrar", town.key("c"))
    town.refused(*enrol(town, "anggaran", *with_stolen))
    # Two are left, and two must act: neither may go before a new root.
    town.refused("key", "revoke", town.public("b"), "--reason", "pensiun", *both)


def test_lost_officer_key_is_revoked_and_another_enrolled(town: Town) -> None:
    """The office goes on with its new key; what was recorded since `effective` is remarked."""
    both = ("--registrar", town.key("a"), "--registrar", town.key("b"))
    town.does(*enrol(town, "lama", *both))
    since = ("--effective", "2026-01-02T00:00:00Z")
    town.does("key", "revoke", town.public("lama"), "--reason", "hilang", *since, *both)
    town.does(*enrol(town, "baru", *both))
    listed = {each["office"]: each["revoked"] for each in town.does("key", "list")["keys"]}
    assert listed == {"lama": "2026-01-02T00:00:00Z", "baru": None}


def test_officer_revokes_the_own_key(town: Town) -> None:
    """Whoever loses trust in the own key does not wait for two registrars."""
    both = ("--registrar", town.key("a"), "--registrar", town.key("b"))
    town.does(*enrol(town, "anggaran", *both))
    own = ("--reason", "hilang", "--own", town.key("anggaran"))
    town.does("key", "revoke", town.public("anggaran"), *own)
    assert town.does("key", "list")["keys"][0]["revoked"]


@pytest.mark.parametrize(
    "more",
    [
        ("--from", "2026-02-01T00:00:00Z", "--until", "2026-02-01T00:00:00Z"),
        ("--until", "2026-02-30T00:00:00Z"),
        ("--for", "ID-1/x"),
        ("--role", "raja"),
    ],
)
def test_mandate_that_cannot_be_meant_is_refused_before_it_is_signed(
    town: Town, more: tuple[str, ...]
) -> None:
    """A mandate that ends before it begins, on no day, over no organisation, in no role."""
    town.refused(*enrol(town, "anggaran", *more, "--act", town.folder / "act.json"))
    assert not (town.folder / "act.json").exists()


def test_mandate_is_enrolled_as_the_letter_says(town: Town) -> None:
    """Roles, scope, validity and legal basis are those of the command."""
    both = ("--registrar", town.key("a"), "--registrar", town.key("b"))
    since, until = "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"
    more = ("--role", "treasury", "--for", "ID-1", "--for", "ID-2", "--legal-basis", "SK 7")
    town.does(*enrol(town, "bud", *more, "--from", since, "--until", until, *both))
    (listed,) = town.does("key", "list")["keys"]
    assert (listed["roles"], listed["for"]) == (["budget", "treasury"], ["ID-1", "ID-2"])
    assert (listed["from"], listed["until"], listed["legalBasis"]) == (since, until, "SK 7")


def test_new_log_names_the_one_before(town: Town) -> None:
    """The root of a log that succeeds another holds the last checkpoint of that."""
    town.does("tick")
    root = town.folder / "second.json"
    last = ("--predecessor", town.data / "log" / "checkpoint")
    made = ("root", "new", root, "--origin", "b.example", "--registrar", f"{town.key('a')}.pub")
    assert run(*made, *last) == 0
    town.signed(root, "a")
    second = Town(town.folder, town.capture, town.folder / "second")
    second.does("init", "--origin", "b.example", "--root", root)
    shown = second.does("act", "show", root)["body"]
    assert '"predecessor":{"origin":"a.example","size":1,"root":"' in shown
    second.does("tick")
    report = second.does("verify", second.data / "log", "--trust", second.data / "trust.json")
    (told,) = [each for each in report["remarks"] if each["check"] == "authority"]
    assert "succeeds 'a.example' of size 1" in told["what"]


def test_two_officers_sign_one_payment(town: Town) -> None:
    """Four eyes by the command line: each on the own machine, one entry with both signatures."""
    both = ("--registrar", town.key("a"), "--registrar", town.key("b"))
    for office in ("bud", "ppk"):
        town.does(*enrol(town, office, "--role", "treasury", *both))
    body, act = town.folder / "body.json", town.folder / "act.json"
    amount = {"amount": "5.00", "currency": "IDR"}
    payment = {
        "id": "SP2D/1 a",
        "date": "2026-03-01",
        "method": "LS",
        "payee": {"id": "X", "name": "CV Fiktif"},
        "items": [{"amount": amount}],
        "net": amount,
        "salt": "0" * 32,
    }
    body.write_text(json.dumps(payment))
    said = ("--kind", "budget/payment", "--subject", "SP2D/1 a", "--org", "ID-1")
    assert "subject" in town.refused("act", "new", act, body, *said[:3], "SP2D/2", *said[4:])
    town.does("act", "new", act, body, *said)
    index = town.does("act", "submit", town.signed(act, "bud", "ppk"))["index"]
    receipt = town.folder / "receipt.json"
    town.does("tick")
    town.does("receipt", index, "-o", receipt)
    entry = base64.b64decode(json.loads(receipt.read_bytes())["entry"])
    signers = [each["key"] for each in json.loads(entry)["signatures"]]
    assert signers == sorted([town.public("bud"), town.public("ppk")])
    assert base64.b64decode(json.loads(receipt.read_bytes())["body"]) == body.read_bytes()
