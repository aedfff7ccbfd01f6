"""Publishing by the API: what is recorded, what is refused, and what the answer promises."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from ledger import deployment
from ledger.errors import Unavailable
from ledger.keys import SigningKey
from ledger.log import Submission
from ledger.receipt import parse_receipt
from tests.web.publishers import (
    JSON,
    ORG,
    Publisher,
    number,
    payment_body,
    revoke,
    send,
)
from tests.web.sites import Deployed, found, served
from web.api.limits import Limits

MANY = Limits(address_per_minute=1_000_000, key_per_minute=1_000_000)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A town's log, served."""
    with served(found(tmp_path_factory.mktemp("api")), MANY) as deployed:
        yield deployed


@pytest.fixture(scope="module")
def treasury(site: Deployed) -> Publisher:
    """The town's treasury."""
    return Publisher(site, site.key(ORG, "treasury"))


@pytest.fixture
def client(site: Deployed) -> Iterator[httpx.Client]:
    """A program that publishes."""
    with site.client() as client:
        yield client


def test_a_publication_becomes_an_entry(site, treasury, client):
    """201 names the place and the hash of an entry whose body has the very bytes sent."""
    submission = treasury.payment(number())
    answer = send(client, submission)
    assert answer.status_code == 201
    said = answer.json()
    record = site.log.record(said["index"])
    assert record.leaf_hash.hex() == said["leafHash"]
    assert record.body == submission.body
    assert said["repeated"] is False
    assert answer.headers["location"] == said["page"] == f"/e/{said['index']}"
    assert answer.headers["cache-control"] == "no-store"


def test_the_receipt_named_proves_the_entry(site, treasury, client):
    """The receipt link works as soon as a checkpoint covers the entry."""
    said = send(client, treasury.payment(number())).json()
    assert client.get(said["receipt"]).status_code == 404
    site.follow()
    receipt = parse_receipt(client.get(said["receipt"]).content)
    assert receipt.index == said["index"]
    assert client.get(said["page"]).status_code == 200


def test_ten_times_is_one_entry(site, treasury, client):
    """The same publish sent ten times: 201 first, 200 afterwards, always the same index."""
    submission = treasury.payment(number())
    answers = [send(client, submission) for _ in range(10)]
    assert [answer.status_code for answer in answers] == [201] + [200] * 9
    assert len({answer.json()["index"] for answer in answers}) == 1
    assert [answer.json()["repeated"] for answer in answers] == [False] + [True] * 9
    assert site.log.size == answers[0].json()["index"] + 1


def test_another_time_of_statement_is_the_same_publication(site, treasury, client):
    """A replay under another statement time is answered with the first index."""
    body, name = payment_body("SP2D-TIME"), "SP2D-TIME"
    first = send(client, treasury.signed(body, "budget/payment", name))
    later = send(client, treasury.signed(body, "budget/payment", name, time="2026-01-01T00:00:00Z"))
    assert (first.status_code, later.status_code) == (201, 200)
    assert first.json()["index"] == later.json()["index"]


def test_a_lost_answer_may_be_asked_for_again_after_the_key_has_ended(site, client):
    """What was recorded stays recorded, whatever became of the key since."""
    office = Publisher(site, site.key(ORG, "treasury"))
    submission = office.payment(number())
    first = send(client, submission)
    revoke(site, office.key)
    again = send(client, submission)
    assert (again.status_code, again.json()["index"]) == (200, first.json()["index"])


def refused(answer: httpx.Response, status: int, code: str) -> str:
    """Problem details with our code, a sentence and no entry; the sentence."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "access-control-allow-origin" not in answer.headers
    said = answer.json()
    assert (said["status"], said["code"]) == (status, code)
    assert said["type"] == "about:blank"
    assert said["detail"]
    return said["detail"]


@pytest.fixture
def unchanged(site: Deployed) -> Iterator[None]:
    """Nothing is recorded meanwhile."""
    size = site.log.size
    yield
    assert site.log.size == size


def test_a_revoked_key(site, client):
    """A revoked key publishes nothing more."""
    office = Publisher(site, site.key(ORG, "treasury"))
    revoke(site, office.key)
    size = site.log.size
    assert "revoked" in refused(send(client, office.payment(number())), 403, "not-authorised")
    assert site.log.size == size


def enrolled(site: Deployed, **said: str) -> Publisher:
    """A treasury whose key is valid at other times."""
    key = SigningKey(bytes.fromhex("%064x" % (site.log.size + 1)))
    named = {"org": ORG, "office": "Kas", "roles": ["treasury"], "covers": [ORG], **said}
    public = deployment.public_member(key)
    deployment.enrol(site.settings, site.log, [site.registrar], public, **named)
    return Publisher(site, key)


@pytest.mark.parametrize(
    "said",
    [
        {"valid_from": "2020-01-01T00:00:00Z", "valid_until": "2021-01-01T00:00:00Z"},
        {"valid_from": "2999-01-01T00:00:00Z"},
    ],
    ids=["expired", "not yet valid"],
)
def test_a_key_out_of_force(site, client, said):
    """A key signs from validFrom until before validUntil, by the log's clock."""
    office = enrolled(site, **said)
    size = site.log.size
    assert "valid from" in refused(send(client, office.payment(number())), 403, "not-authorised")
    assert site.log.size == size


def test_a_key_of_another_organisation(treasury, client, unchanged):
    """A key speaks in the name of its own organisation only."""
    refused(send(client, treasury.payment(number(), org="ID-LAIN")), 403, "not-authorised")


def test_a_key_of_another_role(treasury, client, unchanged):
    """The treasury cannot appropriate."""
    refused(send(client, treasury.appropriation("1.1")), 403, "not-authorised")


def test_a_key_for_other_owners(site, client):
    """A budget office speaks about the lines of the organisations in its mandate."""
    office = Publisher(site, site.key(ORG, "budget"))
    assert send(client, office.appropriation("1.2")).status_code == 201
    refused(send(client, office.appropriation("1.2", "ID-LAIN")), 403, "not-authorised")


def test_a_key_that_nobody_enrolled(site, client, unchanged):
    """A key of one's own making is no key."""
    stranger = Publisher(site, SigningKey(b"\x07" * 32))
    refused(send(client, stranger.payment(number())), 403, "not-authorised")


def test_the_registrars_kinds_are_not_for_offices(site, treasury, client, unchanged):
    """No office enrols a key, its own threshold or not."""
    body = deployment.body_bytes({"key": treasury.key.id, "reason": "", "effective": "x"})
    act = treasury.signed(body, "registry/key", treasury.key.id, org=deployment.REGISTRARS)
    assert send(client, act).status_code in (403, 422)


def test_a_statement_for_another_log(treasury, client, unchanged):
    """What was signed for one log is worth nothing in another."""
    answer = send(client, treasury.payment(number(), log="other.jejak.example"))
    assert "other.jejak.example" in refused(answer, 422, "unacceptable")


def test_a_body_that_is_not_the_one_signed(treasury, client, unchanged):
    """The body is the one whose digest was signed, or nothing."""
    signed = treasury.payment("SP2D-BODY")
    swapped = Submission(signed.statement, signed.signatures, payment_body("SP2D-BODY"))
    refused(send(client, swapped), 422, "unacceptable")


def test_a_signature_under_another_statement(treasury, client, unchanged):
    """A signature moved to another statement does not verify."""
    one, other = treasury.payment(number()), treasury.payment(number())
    moved = replace(one, signatures=other.signatures)
    refused(send(client, moved), 422, "bad-signature")


def test_one_person_cannot_sign_twice(treasury, client, unchanged):
    """Two signatures are of two keys."""
    signed = treasury.payment(number())
    refused(send(client, replace(signed, signatures=signed.signatures * 2)), 422, "malformed")


def test_a_statement_without_a_signature(treasury, client, unchanged):
    """Nobody's word is nobody's entry."""
    refused(send(client, treasury.payment(number(), signers=[])), 422, "malformed")


def test_a_statement_from_the_future(treasury, client, unchanged):
    """A statement's time is at most minutes ahead of the log's clock."""
    refused(
        send(client, treasury.payment(number(), time="2999-01-01T00:00:00Z")), 422, "unacceptable"
    )


def test_an_id_is_used_once(treasury, client):
    """A second payment with the number of an earlier one is a conflict, and says what to do."""
    name = number()
    assert send(client, treasury.payment(name)).status_code == 201
    answer = send(client, treasury.payment(name))
    refused(answer, 409, "conflict")
    assert "replaces" in answer.json()["remedy"]


def test_a_personal_number_as_payee(treasury, client, unchanged):
    """A payee that looks like a person's identity number is refused before it is public."""
    name = number()
    body = payment_body(name, payee={"id": "3273010101900001", "name": "x"})
    refused(send(client, treasury.signed(body, "budget/payment", name)), 422, "unacceptable")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff", b'{"body":1}', b"[" * 100_000, b'{"statement":{}}'],
    ids=["nothing", "open", "array", "null", "no UTF-8", "number", "deep", "too little"],
)
def test_what_is_not_a_publication(client, unchanged, content):
    """Bytes out of form are 422 and say where."""
    answer = client.post("/api/v1/entries", content=content, headers=JSON)
    refused(answer, 422, "malformed")
    assert client.post("/api/v1/check", content=content, headers=JSON).status_code == 422


def test_nothing_is_answered_before_it_is_durable(site, treasury, client, monkeypatch):
    """When the database does not take the entry there is no index, and it may be sent again."""
    submission = treasury.payment(number())

    def full(*_):
        raise Unavailable("the database cannot be written: disk full")

    with monkeypatch.context() as patch:
        patch.setattr("ledger.placing.Placing.write", full)
        answer = send(client, submission)
        refused(answer, 503, "unavailable")
        assert int(answer.headers["retry-after"]) >= 1
    assert send(client, submission).status_code == 201


def test_a_log_that_is_read_only_says_so(site, treasury, client):
    """A halted log refuses, publishing and checking alike."""
    site.log.halt("its files know more")
    try:
        refused(send(client, treasury.payment(number())), 409, "conflict")
        checked = send(client, treasury.payment(number()), "check").json()
        assert [each["code"] for each in checked["refusals"]] == ["conflict"]
    finally:
        site.log.halt(None)


def test_a_key_can_be_asked_for(site, treasury, client):
    """Anyone may read what the registrars have enrolled."""
    said = client.get(f"/api/v1/keys/{treasury.key.id}").json()
    assert (said["org"], said["roles"], said["for"]) == (ORG, ["treasury"], [ORG])
    assert said["revoked"] is None
    assert client.get(f"/api/v1/keys/{'0' * 64}").status_code == 404
    assert client.get("/api/v1/keys/x").status_code == 422


@pytest.mark.parametrize("path", ["/api/v1/entries", "/api/v1/check"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_only_post_publishes(client, path, method):
    """Other methods are 405 and name the one there is; a preflight gets no permission."""
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = client.request(method, path, headers=asked)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert "access-control-allow-methods" not in answer.headers


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; a=application/json",
        "application/json; charset=utf-16",
        "application/jsonx",
    ],
)
def test_forms_of_other_sites_cannot_publish(treasury, client, unchanged, kind):
    """What a browser sends across sites without asking is refused: 415."""
    raw = json.dumps({}).encode()
    headers = {"Content-Type": kind} if kind else {}
    for path in ("/api/v1/entries", "/api/v1/check"):
        refused(client.post(path, content=raw, headers=headers), 415, "wrong-content-type")


def test_encoded_bodies_are_not_decoded(client, unchanged):
    """No gzip bomb is unpacked: Content-Encoding is refused."""
    headers = {**JSON, "Content-Encoding": "gzip"}
    answer = client.post("/api/v1/entries", content=b"x", headers=headers)
    refused(answer, 415, "wrong-content-type")


def test_no_cookie_is_set_or_needed(treasury, client):
    """Authority is in the signatures alone."""
    assert "set-cookie" not in send(client, treasury.payment(number())).headers
