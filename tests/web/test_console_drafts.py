"""What drafts keep, who may touch them, and what becomes of them when two act at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ledger import deployment
from ledger.errors import Conflict, Unacceptable
from procurement.ocds import RELEASE
from tests.web.impostors import ANSWERS, Impostor
from tests.web.officers import ORG, PREFIX
from tests.web.publishers import send
from web.console import drafts
from web.console.opening import Console

PATIENCE = 30
LARGE = {**ANSWERS, "value": "2.000.000.000"}


@pytest.fixture
def office(any_office: Any) -> Any:
    """An institution, once on each database."""
    return any_office


@pytest.fixture
def officers(office: Any) -> Iterator[list[Impostor]]:
    """Officers of three offices, signed in."""
    made = [Impostor(office, title=f"PPK {number}") for number in range(3)]
    for each in made:
        assert each.sign_in().status_code == 303
    yield made
    for each in made:
        each.web.close()


@pytest.fixture
def officer(officers: list[Impostor]) -> Impostor:
    """One of them."""
    return officers[0]


@pytest.fixture
def console(office: Any) -> Iterator[Console]:
    """The console's own tables."""
    made = Console(office.settings)
    yield made
    made.close()


def test_an_answer_too_long_is_not_kept(officer, console):
    """Saving says which field is too long; the draft stays as it was, and small."""
    address = officer.fixed()
    for length in (201, 900_000):
        sent = officer.send(address, **{**ANSWERS, "title": "x" * length, "step": "save"})
        assert sent.status_code == 422
        assert "#title" in sent.text
    assert "xxxx" not in officer.web.get(address).text
    draft = drafts.find(console, ORG, address.rpartition("/")[2])
    with pytest.raises(Unacceptable):
        drafts.change(console, draft, {"title": "x" * (drafts.MAX_ANSWERS + 1)})


def test_a_table_of_drafts_is_made_whole_or_not_at_all(officer, console, monkeypatch):
    """The bound on drafts holds for all of them together, and no draft is read to count them."""
    monkeypatch.setattr(drafts, "MAX_DRAFTS", 3)
    monkeypatch.setattr(drafts, "_draft", None)
    owner = (ORG, officer.key, "PPK 0")
    for _again in range(2):
        begun = [drafts.begun(*owner, "tender", {}) for _number in range(2)]
        if _again:
            with pytest.raises(Conflict):
                drafts.keep(console, begun)
        else:
            drafts.keep(console, begun)
    made = drafts.create(console, *owner, "tender", {"title": "y" * 20_000})
    with pytest.raises(Conflict):
        drafts.create(console, *owner, "tender", {})
    monkeypatch.undo()
    assert len(drafts.find(console, ORG, made).answers["title"]) == drafts.MAX_ANSWER


@pytest.mark.parametrize("number", ["9" * 18, "9223372036854775808", "9" * 5000, "-1", "\u0661"])
def test_there_is_no_entry_of_such_a_number(officer, number):
    """A number that no entry has, however long, is not found."""
    assert officer.send("/console/drafts", entry=number).status_code == 404
    asked = officer.web.get("/console/new", params={"entry": number[:20]})
    assert asked.status_code == 404


def test_a_nul_is_refused_with_the_name_of_its_field(officer):
    """No database keeps U+0000 in a text: the field is named, and nothing fails."""
    address = officer.fixed()
    for step in ("save", "preview"):
        sent = officer.send(address, **{**ANSWERS, "title": "Jalan\0", "step": step})
        assert sent.status_code == 422
        assert "title" in sent.text
    begun = {"csrf": officer.csrf(), "form": "award", "ocid": "a\0b"}
    assert officer.web.post("/console/drafts", data=begun).status_code == 422
    parts = {name: (None, text.encode()) for name, text in begun.items()}
    assert officer.web.post("/console/drafts", files=parts).status_code == 422


def test_a_nul_in_a_record_stops_no_correction(officer, office):
    """A body from elsewhere may hold U+0000: it is published, shown, and can be corrected."""
    tender = {"id": "T", "title": "Jalan \0 rusak", "value": {"amount": 5, "currency": "IDR"}}
    body = {"ocid": f"{PREFIX}N", "id": "1", "date": "2026-03-01T09:00:00Z", "tag": ["tender"]}
    raw = deployment.body_bytes({**body, "tender": tender})
    key = office.key(ORG, "procurement")
    made = deployment.compose(office.log.origin, RELEASE, body["ocid"], ORG, raw, [key])
    with office.client() as client:
        answer = send(client, made)
        assert answer.status_code == 201
        office.follow()
        assert client.get(f"/process/{body['ocid']}").status_code == 200
    begun = officer.send("/console/drafts", entry=str(answer.json()["index"]))
    assert begun.status_code == 303
    assert "rusak" in officer.web.get(begun.headers["location"]).text


def test_a_role_is_needed_to_return_or_discard(officer, office):
    """A budget office neither deletes nor returns what procurement has written."""
    budget = Impostor(office, title="Bidang Anggaran", roles=("budget",))
    assert budget.sign_in().status_code == 303
    address = officer.fixed()
    assert budget.send(f"{address}/discard").status_code == 403
    assert officer.send(address, **LARGE).status_code == 303
    assert officer.sign(address).headers["location"].endswith("/preview")
    assert budget.send(f"{address}/return", reason="x").status_code == 403
    assert officer.send(f"{address}/return", reason="x").status_code == 303
    assert officer.send(f"{address}/discard").status_code == 303
    assert officer.web.get(address).status_code == 404
    budget.web.close()


def test_a_reason_goes_with_the_answers_it_was_for(officer):
    """Saved again unchanged, a reason stays; with another sum it is gone, and asked for anew."""
    address = officer.fixed()
    assert officer.send(f"{address}/explain", explanation="Keadaan darurat").status_code == 303
    assert officer.send(address, **ANSWERS).status_code == 303
    assert "Keadaan darurat" in officer.web.get(f"{address}/body").text
    assert officer.send(address, **{**ANSWERS, "value": "1"}).status_code == 303
    assert "Keadaan darurat" not in officer.web.get(f"{address}/body").text


def waiting(officer: Impostor) -> str:
    """A large tender that the first office has signed."""
    address = str(officer.send("/console/drafts", form="tender").headers["location"])
    assert officer.send(address, **LARGE).status_code == 303
    assert officer.sign(address).headers["location"].endswith("/preview")
    return address


def at_once(monkeypatch: Any, names: tuple[str, str], *acts: Callable[[], Any]) -> list[int]:
    """What is answered to two acts that have both been judged before either is written."""
    meeting = threading.Barrier(2)

    def wait(act: Callable[..., Any]) -> Callable[..., Any]:
        def waited(*given: Any) -> Any:
            meeting.wait(PATIENCE)
            return act(*given)

        return waited

    with monkeypatch.context() as patched, ThreadPoolExecutor(2) as pool:
        for name in set(names):
            patched.setattr(drafts, name, wait(getattr(drafts, name)))
        running = [pool.submit(act) for act in acts]
        return [each.result(PATIENCE).status_code for each in running]


def test_of_two_second_signatures_one_counts(officers, monkeypatch):
    """Both are good and come together: one entry with two signatures, one Conflict."""
    first, second, third = officers
    address, log = waiting(first), first.office.log
    size = log.size
    done = at_once(
        monkeypatch,
        ("claim", "claim"),
        lambda: second.sign(address),
        lambda: third.sign(address),
    )
    assert sorted(done) == [303, 409]
    assert log.size == size + 1
    keys = {each.key for each in log.record(size).entry.signatures}
    winner = second if done[0] == 303 else third
    assert keys == {first.key, winner.key}


def test_a_draft_is_signed_or_returned_and_not_both(officers, monkeypatch):
    """The second signature and the return come together: one of them is told that it is late."""
    first, second, third = officers
    address, log = waiting(first), first.office.log
    size = log.size
    signed, returned = at_once(
        monkeypatch,
        ("claim", "give_back"),
        lambda: second.sign(address),
        lambda: third.send(f"{address}/return", reason="Nilai keliru"),
    )
    assert {signed, returned} == {303, 409}
    assert log.size == size + (signed == 303)
    assert ("Nilai keliru" in first.web.get("/console").text) == (returned == 303)


def test_of_two_first_signatures_one_waits(officers, monkeypatch):
    """Two offices that sign first together have not approved each other's signature."""
    first, second, _ = officers
    address = str(first.send("/console/drafts", form="tender").headers["location"])
    assert first.send(address, **LARGE).status_code == 303
    size = first.office.log.size
    done = at_once(
        monkeypatch,
        ("approve", "approve"),
        lambda: first.sign(address),
        lambda: second.sign(address),
    )
    assert sorted(done) == [303, 409]
    assert first.office.log.size == size


def test_what_was_returned_and_fixed_again_is_not_the_draft_that_waited(officer, console):
    """The same bytes in the same second: a signature meant to be the second is not the only one."""
    address = waiting(officer)
    number = address.rpartition("/")[2]
    seen = drafts.find(console, ORG, number)
    approval = drafts.approvals(console, seen)[0]
    drafts.give_back(console, seen, "Nilai keliru")
    again = drafts.find(console, ORG, number)
    drafts.fix(console, again, seen.body or b"", seen.statement or b"", (1, "IDR"))
    with pytest.raises(Conflict):
        drafts.claim(console, seen, approval)
    assert drafts.find(console, ORG, number).state == "returned"
