"""The OpenAPI document: it is what the server does, and nothing it allows breaks the server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import schemathesis
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ledger.envelope import MAX_SIGNATURES
from ledger.keys import SigningKey
from ledger.publication import MAX_ENVELOPE, MAX_PUBLICATION, format_publication
from procurement.kinds import KINDS
from tests.web.publishers import ORG, Publisher, number, payment_body, send
from tests.web.sites import Deployed, found, served
from web.api.limits import Limits
from web.api.routes import document_bytes, router

DOCUMENT = json.loads(document_bytes())
MANY = Limits(address_per_minute=1_000_000, key_per_minute=1_000_000)
CHECKS = [
    schemathesis.checks.not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
OPERATIONS = [
    (path, method)
    for path, methods in DOCUMENT["paths"].items()
    for method in methods
    if path != "/api/v1/openapi.json"
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A town's log, served without rates."""
    with served(found(tmp_path_factory.mktemp("schema")), MANY) as deployed:
        yield deployed


@pytest.fixture(scope="module")
def publisher(site: Deployed) -> Publisher:
    """An office with every role."""
    roles = ("procurement", "budget", "treasury", "auditor")
    return Publisher(site, site.key(ORG, *roles, covers=("*",)))


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_nothing_allowed_or_forbidden_is_an_error_of_ours(site, path, method, mode):
    """Whatever follows the document, or breaks it, is answered as the document says."""
    described = schemathesis.openapi.from_url(f"{site.url}/api/v1/openapi.json")
    operation = described[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.generate])
    def holds(case):
        case.call_and_validate(checks=CHECKS)

    holds()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
_MEMBERS = sorted(json.loads(payment_body("x")))


@settings(max_examples=80, deadline=None)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    body=_JSON | st.dictionaries(st.sampled_from(_MEMBERS), _JSON),
    subject=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=9),
    to=st.sampled_from(["entries", "check"]),
)
def test_whatever_an_enrolled_key_signs_is_answered(site, publisher, kind, body, subject, to):
    """Any body of any kind, signed by one who may sign it: an answer, and never a 500."""
    submission = publisher.signed(json.dumps(body).encode(), kind, subject)
    with site.client() as client:
        assert send(client, submission, to).status_code < 500


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(_MEMBERS), value=_JSON, unsigned=st.booleans())
def test_any_member_of_a_payment_may_be_anything(site, publisher, name, value, unsigned):
    """What the check calls acceptable is recorded, what it refuses is refused."""
    payment = number()
    members = {**json.loads(payment_body(payment)), name: value}
    submission = publisher.signed(json.dumps(members).encode(), "budget/payment", payment)
    draft = replace(submission, signatures=()) if unsigned else submission
    with site.client() as client:
        checked, answer = send(client, draft, "check"), send(client, submission)
    assert checked.status_code == 200
    assert checked.json()["acceptable"] == (answer.status_code in (200, 201))


def test_the_document_names_every_address_of_the_api():
    """What the server answers below /api/v1, and what the document says, are the same."""
    served_ = {
        (re.sub(r":\w+", "", route.path), method.lower())
        for route in router.routes
        if route.path.startswith("/api/v1")
        for method in route.methods - {"HEAD"}
    }
    said = {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert said == served_


def test_the_document_says_the_limits_there_are():
    """Lengths and counts in the document are those of the code."""
    parts = DOCUMENT["components"]["schemas"]["Publication"]["properties"]
    assert parts["body"]["maxLength"] == MAX_PUBLICATION - MAX_ENVELOPE
    assert parts["signatures"]["maxItems"] == MAX_SIGNATURES


def test_what_our_own_program_sends_follows_the_document(publisher):
    """A publication, signed once or twice, is one by the schema too."""
    schema = {**DOCUMENT["components"]["schemas"]["Publication"], **_components()}
    validator = Draft202012Validator(schema)
    for signers in ([publisher.key], sorted([publisher.key, SigningKey(b"1" * 32)], key=_id)):
        signed = publisher.payment(number(), signers=signers)
        validator.validate(json.loads(format_publication(signed)))


def _components() -> dict:
    return {"components": DOCUMENT["components"]}


def _id(key: SigningKey) -> str:
    return key.id


def test_the_document_stands_alone(site):
    """OpenAPI 3.1 as JSON, that other sites may read, and that loads nothing from elsewhere."""
    with site.client() as client:
        answer = client.get("/api/v1/openapi.json")
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["openapi"].startswith("3.1")
    assert not re.search(r'"\$ref": ?"(?!#)', answer.text)


def test_the_page_names_every_address(site):
    """The page in words names what the document names."""
    with site.client() as client:
        text = client.get("/api").text
    for path in DOCUMENT["paths"]:
        assert path in text
