"""What the console refuses, tried without a browser: forged forms, assertions and enrolments."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from ledger import deployment, store
from ledger.envelope import format_base64
from ledger.errors import Unacceptable, Unavailable
from ledger.log import Log, Submission
from tests.web.impostors import ANSWERS, Impostor, hidden
from web.console.opening import Console
from web.console.tables import DraftRow


@pytest.fixture
def office(any_office: Any) -> Any:
    """An institution, once on each database."""
    return any_office


@pytest.fixture
def officer(office: Any) -> Any:
    """An officer who has signed in."""
    made = Impostor(office)
    assert made.sign_in().status_code == 303
    yield made
    made.web.close()


@pytest.fixture
def nobody(office: Any) -> Any:
    """Somebody whose key nobody has enrolled."""
    made = Impostor(office, enrolled=False)
    yield made
    made.web.close()


def test_an_officer_publishes_through_forms_alone(officer):
    """The forms and one assertion are all it takes: the attacks below fail for their own reason."""
    assert officer.sign(officer.fixed()).headers["location"].endswith("/done")
    assert officer.office.log.size == 4


def test_sessions_are_kept_from_scripts_and_other_sites(officer):
    """The cookie is HttpOnly, SameSite=Strict, for the console alone; its pages are not kept."""
    answer = officer.sign_in()
    cookie = answer.headers["set-cookie"].lower()
    assert all(each in cookie for each in ("httponly", "samesite=strict", "path=/console"))
    page = officer.web.get("/console")
    assert page.headers["cache-control"] == "no-store"
    assert "set-cookie" not in officer.web.get("/").headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
        {"Origin": "", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_forms_of_other_sites_are_refused(officer, headers):
    """A form counts only when the browser says that it comes from the console's own page."""
    sent = {"csrf": officer.csrf(), "form": "tender"}
    assert officer.web.post("/console/drafts", data=sent, headers=headers).status_code == 403


@pytest.mark.parametrize("token", ["", "guessed", "é"])
def test_forms_without_the_session_s_token_are_refused(officer, token):
    """Even from the right origin a form needs the token of its session."""
    sent = {"csrf": token, "form": "tender"}
    assert officer.web.post("/console/drafts", data=sent).status_code == 403


def test_making_a_passkey_enrols_nobody(officer, nobody):
    """A script in an open session can make a passkey and its file; it stays without any right."""
    size = officer.office.log.size
    sent = officer.web.post("/console/passkey", data={"public": format_base64(nobody.der)})
    made = officer.web.get(sent.headers["location"])
    assert nobody.key[:16] in made.text
    other = BeautifulSoup(made.text, "html5lib").find("a", hreflang="en")["href"]
    assert nobody.key[:16] in officer.web.get(other).text
    assert nobody.sign_in().status_code == 403
    assert officer.office.log.size == size
    paths = ("/console/enrol", "/console/keys", "/console/registry")
    assert {officer.send(path, public="x").status_code for path in paths} <= {404, 405}


@pytest.mark.parametrize(
    "forged",
    [
        {"signed": b"another challenge"},
        {"origin": "https://attacker.example"},
        {"rp": "attacker.example"},
        {"flags": 0x01},
        {"flags": 0x04},
    ],
)
def test_forged_assertions_neither_sign_in_nor_sign(officer, forged):
    """Another challenge, origin or relying party, or no user verification: refused both times."""
    assert Impostor.sign_in(officer, **forged).status_code in (403, 422)
    address, size = officer.fixed(), officer.office.log.size
    assert officer.sign(address, **forged).status_code == 422
    assert officer.office.log.size == size


def test_a_challenge_works_once_and_is_ours(officer, office):
    """A sign-in that somebody has recorded opens no second session; an invented one opens none."""
    challenge = officer.challenge()
    assert officer.sign_in(challenge).status_code == 303
    assert officer.sign_in(challenge).status_code == 409
    assert officer.sign_in("0" * 32 + ".2999-01-01T00:00:00Z." + "0" * 64).status_code == 403


def test_a_sign_in_is_no_signature(officer):
    """An assertion made to sign in does not pass for one over a statement."""
    address = officer.fixed()
    signed = f"jejak/sign-in/1\n{officer.office.log.origin}\n{officer.challenge()}".encode()
    assert officer.sign(address, signed=signed).status_code == 422


def test_another_key_does_not_sign_for_the_session(officer, office):
    """The session's own key signs: the passkey of another officer is refused."""
    other = Impostor(office, title="PPK Irigasi")
    officer.private = other.private
    other.web.close()
    assert officer.sign(officer.fixed()).status_code == 422


def test_a_draft_changed_after_its_preview_is_refused(officer):
    """The digest shown must still be that of the draft."""
    address, size = officer.fixed(), officer.office.log.size
    shown = hidden(officer.web.get(f"{address}/sign").text, "digest")
    officer.send(address, **{**ANSWERS, "value": "1"})
    assert officer.sign(address, digest=shown).status_code == 409
    assert officer.office.log.size == size


def test_a_published_draft_keeps_nothing_of_its_body(officer):
    """An order erases a body in the log: no copy of it is left in the console, nor served."""
    address = officer.fixed()
    assert ANSWERS["title"].encode() in kept(officer.office)
    assert officer.sign(address).headers["location"].endswith("/done")
    for name in ("title", "description"):
        assert ANSWERS[name].encode() not in kept(officer.office)
    assert officer.web.get(f"{address}/body").content == b""
    assert officer.web.get(f"{address}/done").status_code == 200
    assert f"{address}/done" in officer.web.get("/console").text


def kept(office: Any) -> bytes:
    """All that the console keeps: the bytes of its files, or the rows of its drafts."""
    folder = office.settings.folder / "console"
    if folder.exists():
        return b"".join(each.read_bytes() for each in folder.iterdir())
    console = Console(office.settings)
    with store.reading(console.engine) as connection:
        rows = connection.execute(select(store.table(DraftRow))).all()
    console.close()
    return repr(rows).encode()


@pytest.mark.parametrize("meanwhile", ["", "/explain", "/discard"])
def test_a_draft_changed_while_it_is_published_becomes_one_entry(officer, monkeypatch, meanwhile):
    """Whatever is sent while the log is asked is refused; the entry is there once, and known."""
    address, log = officer.fixed(), officer.office.log
    size, append, answers = log.size, Log.append_one, []

    def slow(own: Log, submission: Submission) -> Any:
        monkeypatch.setattr(Log, "append_one", append)
        answers.append(officer.send(address + meanwhile, **{**ANSWERS, "explanation": "x"}))
        return append(own, submission)

    monkeypatch.setattr(Log, "append_one", slow)
    assert officer.sign(address).headers["location"].endswith("/done")
    assert [each.status_code for each in answers] == [409]
    assert log.size == size + 1


def test_what_was_signed_before_a_crash_is_published_once(officer, monkeypatch):
    """A server that dies once the log has the entry loses nothing: opening the draft finds it."""
    address, log = officer.fixed(), officer.office.log
    size, append = log.size, Log.append_one

    def dying(own: Log, submission: Submission) -> Any:
        append(own, submission)
        raise Unavailable("the process died here")

    monkeypatch.setattr(Log, "append_one", dying)
    assert officer.sign(address).status_code == 503
    monkeypatch.setattr(Log, "append_one", append)
    assert officer.send(address, **ANSWERS).status_code == 409
    assert officer.web.get(f"{address}/preview").headers["location"].endswith("/done")
    assert str(size) in officer.web.get(f"{address}/done").text
    assert log.size == size + 1


def test_a_draft_that_the_log_refuses_can_be_mended(officer, monkeypatch):
    """A refusal gives the draft back, its signature gone."""
    address, log = officer.fixed(), officer.office.log

    def refusing(_log: Log, _submission: Submission) -> Any:
        raise Unacceptable("not today")

    with monkeypatch.context() as patched:
        patched.setattr(Log, "append_one", refusing)
        assert officer.sign(address).status_code == 422
    size = log.size
    assert officer.send(address, **ANSWERS).status_code == 303
    assert officer.sign(address).headers["location"].endswith("/done")
    assert log.size == size + 1


def test_a_reason_names_no_person_and_no_control_character(officer):
    """What is given as the reason of a broken rule is signed too, and read as strictly."""
    address, size = officer.fixed(), officer.office.log.size
    for reason in ("Bayar ke NIK 3273011234567890", "sebab \x1b[31m", "x" * 1001):
        answer = officer.send(f"{address}/explain", explanation=reason)
        assert answer.status_code == 422
        assert "<li>Alasan: " in answer.text
        assert reason[:20] not in officer.web.get(f"{address}/body").text
    assert officer.send(f"{address}/explain", explanation="Keadaan darurat").status_code == 303
    assert "Keadaan darurat" in officer.web.get(f"{address}/body").text
    assert officer.office.log.size == size


def test_no_personal_number_reaches_a_body_by_a_hidden_answer(officer):
    """An ocid that the form does not ask for is looked at as well, before anything is fixed."""
    ocid = "ocds-a1b2c3-3273011234567890"
    begun = officer.send("/console/drafts", form="award", ocid=ocid)
    answers = {"supplier": "ID-NIB-1", "supplierName": "PT Satu", "value": "5", "bids": ""}
    sent = officer.send(begun.headers["location"], **answers, date="2026-02-01", step="preview")
    assert sent.status_code == 422
    assert "NIK" in sent.text
    assert officer.web.get(begun.headers["location"] + "/body").content == b""


def test_the_session_of_a_revoked_key_ends(officer):
    """From its revocation on a key does nothing, also in a session that is open."""
    address = officer.fixed()
    office = officer.office
    body = {"key": officer.key, "reason": "lost", "effective": deployment.now()}
    raw, registrars = deployment.body_bytes(body), deployment.REGISTRARS
    kind, origin = "registry/revocation", office.log.origin
    office.log.append_one(
        deployment.compose(origin, kind, officer.key, registrars, raw, [office.registrar])
    )
    assert officer.web.get("/console").status_code == 403
    assert officer.web.get(address).status_code == 403
    assert officer.sign_in().status_code == 403


def test_drafts_of_another_institution_are_not_found(officer, office):
    """Nobody reads or changes the drafts of an institution that is not theirs."""
    address = officer.fixed()
    stranger = Impostor(office, enrolled=False)
    public = {"key": stranger.key, "alg": "webauthn-es256", "public": format_base64(stranger.der)}
    deployment.enrol(
        office.settings,
        office.log,
        [office.registrar],
        public | {"rpId": "localhost", "origin": stranger.url},
        org="ID-OTHER",
        office="PPK lain",
        roles=["procurement"],
        covers=["ID-OTHER"],
        valid_from="2020-01-01T00:00:00Z",
    )
    assert stranger.sign_in().status_code == 303
    for path in ("", "/preview", "/sign", "/body"):
        assert stranger.web.get(address + path).status_code == 404
    assert stranger.send(address, **ANSWERS).status_code == 404
    stranger.web.close()


def test_a_role_is_needed_to_draft(officer):
    """A procurement office is offered no form of the treasury, and cannot begin one by hand."""
    assert "payment" not in officer.web.get("/console/new").text
    assert officer.send("/console/drafts", form="nothing").status_code == 404


def test_signed_out_visitors_are_shown_the_way_in(nobody):
    """Without a session every page of work leads to the sign-in page."""
    for path in ("/console", "/console/new", "/console/drafts/abc"):
        assert nobody.web.get(path).headers["location"].startswith("/console/sign-in")
