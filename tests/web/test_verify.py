"""The checker of receipts in Chromium: what it accepts, what it rejects, and what people read."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_keys.datatypes import PrivateKey
from msgspec import structs

from audit.receipt_check import check_receipt
from ledger.envelope import Statement, signed_bytes
from ledger.errors import Malformed
from ledger.gesture import gesture_over
from ledger.header import QBFT_MIX_HASH, QbftExtra, format_qbft, parse_header
from ledger.proving import make_receipt
from ledger.receipt import format_receipt
from ledger.rlp import format_rlp
from ledger.trust import Trust, ValidatorRange, format_trust
from tests.ledger.test_keys import ENROLLED, Assertion, challenge_of
from tests.web.forgeries import Forger, Forgery, altered_at_random, policy_of
from tests.web.sites import Deployed
from web import render
from web.language import translations

pytestmark = pytest.mark.browser
ONE_FILE = (render.ASSETS / "verify.html").as_uri()

# Opens one receipt after the other as a reader does, and gives back what is then on the page.
DRIVE = """
async ({language, trust, receipts}) => {
  const root = document.querySelector(`[data-verifier][lang=${language}]`);
  const form = root.querySelector("form"), result = root.querySelector("[data-result]");
  const put = (name, raw) => {
    const moved = new DataTransfer();
    const bytes = Uint8Array.from(atob(raw), (each) => each.charCodeAt(0));
    moved.items.add(new File([bytes], `${name}.json`));
    form.elements[name].files = moved.files;
  };
  const all = (selector, read) => Array.from(result.querySelectorAll(selector), read);
  const texts = (selector) => all(selector, (each) => each.textContent);
  const checks = (state) => all(`[data-state=${state}]`, (each) => each.dataset.check);
  const found = [];
  for (const receipt of receipts) {
    put("receipt", receipt);
    if (trust) put("trust", trust);
    result.replaceChildren();
    form.requestSubmit();
    while (!result.firstChild) await new Promise((done) => setTimeout(done));
    found.push({
      verdict: texts("h2")[0], said: texts(".remark > p")[0], wrong: texts(".remark li"),
      holds: checks("holds"), fails: checks("fails"), open: checks("open"),
      kept: texts("[data-state=fails] dt").length, sentences: texts(".checks > li > p"),
    });
  }
  return found;
}
"""


@pytest.fixture(scope="module")
def forgeries(imported: Deployed, trust: Trust) -> list[Forgery]:
    """Every kind of forgery of one receipt."""
    return list(Forger(imported.log, trust, imported.settings.log_key(), 9).forgeries())


@pytest.fixture(scope="module")
def one_file(chromium: Any) -> Iterator[Any]:
    """verify.html as it is opened from a stick, without a network."""
    context = chromium.new_context(offline=True, accept_downloads=True)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(ONE_FILE)
    yield page
    context.close()
    assert said == []


def drive(page: Any, receipts: list[bytes], trust: Trust | None, language: str = "en") -> list[Any]:
    """What the page says of each receipt."""
    page.click(f"button[data-tongue={language}]")
    encoded = [base64.b64encode(each).decode() for each in receipts]
    brought = base64.b64encode(format_trust(trust)).decode() if trust else None
    given = {"language": language, "trust": brought, "receipts": encoded}
    answer: list[Any] = page.evaluate(DRIVE, given)
    return answer


def by_python(forgery: Forgery) -> set[str]:
    """The checks that fail by the ledger's own command; `unreadable` for what is no receipt."""
    try:
        report = check_receipt(forgery.raw, forgery.trust)
    except Malformed:
        return {"unreadable"}
    return {check.name for check in report.checks if check.failed}


def by_page(answer: Any) -> set[str]:
    """The same by what the page says."""
    return set(answer["fails"]) if answer["holds"] or answer["fails"] else {"unreadable"}


def test_every_genuine_receipt_is_accepted(one_file, imported, trust):
    """Each receipt of a real import holds, all six checks, and the node is said not to be asked."""
    size = Forger(imported.log, trust, imported.settings.log_key(), 9).size
    receipts = [format_receipt(make_receipt(imported.log, index)) for index in range(size)]
    answers = drive(one_file, receipts, trust)
    assert len(answers) > 290
    assert {each["verdict"] for each in answers} == {"What was checked matches your trust file"}
    assert {tuple(each["open"]) for each in answers} == {("node",)}
    expected = {"form", "body", "signatures", "inclusion", "checkpoint", "anchor"}
    assert all(set(each["holds"]) == expected for each in answers)


@pytest.fixture(scope="module")
def answers(one_file: Any, forgeries: list[Forgery]) -> list[tuple[Forgery, Any]]:
    """What the page says of each forgery."""
    return [(each, *drive(one_file, [each.raw], each.trust)) for each in forgeries]


def test_every_forgery_is_rejected_in_words(answers):
    """Each of more than sixty kinds is rejected, with the sentences that say what is wrong."""
    assert len({forgery.name for forgery, _ in answers}) == len(answers) > 60
    for forgery, answer in answers:
        readable = by_page(answer) != {"unreadable"}
        verdict = "Something does not match" if readable else "Nothing could be checked"
        assert answer["verdict"] == verdict, forgery.name
        said = answer["wrong"] if readable else [answer["said"]]
        assert len(said) == len(forgery.sentences), (forgery.name, said)
        for sentence, expected in zip(said, forgery.sentences, strict=True):
            assert expected in sentence, (forgery.name, said)


def test_both_values_are_kept(answers):
    """Where two values differ, the page shows the one that should be and the one that is."""
    values = {forgery.name: answer["kept"] for forgery, answer in answers}
    assert values["one digit of the body"] == values["another contract"] == 2
    assert values["checkpoint: signed by a thief"] == 2


def test_python_gives_the_same_verdict(answers):
    """The same checks fail by `jejak check-receipt`, forgery by forgery."""
    for forgery, answer in answers:
        assert by_page(answer) == by_python(forgery), forgery.name


def test_changes_at_random_have_one_verdict(one_file, imported, trust):
    """Whatever is changed in a receipt, the page and the command fail the same checks."""
    chance = random.Random(20261124)
    genuine = [format_receipt(make_receipt(imported.log, index)) for index in range(9)]
    changed = [altered_at_random(chance.choice(genuine), chance) for _ in range(150)]
    found = [by_page(each) for each in drive(one_file, changed, trust)]
    assert found == [by_python(Forgery("", raw, (), trust)) for raw in changed]
    assert len({frozenset(each) for each in found}) > 5


def test_the_sentences_are_the_same_in_indonesian(one_file, forgeries):
    """The Indonesian page says of each what the English one translates."""
    english = translations("en")
    words = one_file.evaluate(
        "Object.fromEntries(Array.from(document.querySelector('[data-verifier][lang=id] template')"
        ".content.children, (each) => [each.dataset.code, each.textContent]))"
    )
    for code in ("verdict.fails", "body.differs", "anchor.size"):
        assert english.gettext(words[code]) != words[code]
    for forgery in forgeries[:3]:
        (answer,) = drive(one_file, [forgery.raw], forgery.trust, "id")
        assert answer["wrong"] == [words["body.differs"]]
        assert answer["verdict"] == words["verdict.fails"]


def test_witnesses_that_are_asked_for(one_file, imported, trust):
    """A receipt with the cosignatures that the policy of the trust file asks for holds."""
    forger = Forger(imported.log, trust, imported.settings.log_key(), 9)
    for least, count in ((1, 1), (2, 2)):
        pinned = replace(trust, policy=policy_of(least))
        raw = format_receipt(replace(forger.genuine, proof=forger.cosigned(count)))
        (answer,) = drive(one_file, [raw], pinned)
        assert answer["verdict"] == "What was checked matches your trust file"
        assert "witnesses" in answer["holds"]
        assert by_python(Forgery("", raw, (), pinned)) == set()


# ---- passkeys


def assertions(signed: bytes) -> dict[str, tuple[Any, str, str]]:
    """An assertion over a statement by name: its signature, the verdict and the sentence."""
    right = Assertion(challenge=challenge_of(signed))
    wrong = "fails"
    ways: dict[str, tuple[Assertion, str, str]] = {
        "right": (right, "holds", f"it was made on the site {right.origin}."),
        "of a domain above": (replace(right, rp="go.id"), "holds", "it was made on the site"),
        "another statement": (Assertion(), wrong, "This passkey signed something else"),
        "another site": (replace(right, rp="evil.example"), wrong, "used for another site"),
        "no site at all": (replace(right, origin="about:blank"), wrong, "used for another site"),
        "nobody there": (replace(right, flags=1), wrong, "without the person being present"),
    }
    made = {name: (each.signature(), state, said) for name, (each, state, said) in ways.items()}
    bent = structs.replace(right.signature(), sig=Assertion().signature().sig)
    made["another signature"] = (bent, wrong, "The signature does NOT match the statement")
    return made


def together(statement: Statement) -> dict[str, tuple[Any, str, str]]:
    """The same of a gesture over several statements."""
    others = [structs.replace(statement, subject=f"ocds-{number}") for number in range(4)]
    tree = gesture_over([*others, statement])
    made = Assertion(challenge=challenge_of(tree.signed)).signature()
    right, elsewhere = tree.signature(4, made), tree.signature(3, made)
    short = structs.replace(right, path=())
    return {
        "together": (right, "holds", "together with 4 other records"),
        "another's place": (elsewhere, "fails", "This passkey signed something else"),
        "no path": (short, "fails", "not among the records that were signed together"),
        "a single one": (made, "fails", "This passkey signed something else"),
    }


def test_passkeys(one_file, imported, trust):
    """What a receipt shows of a passkey is checked, in the browser as by the command."""
    forger = Forger(imported.log, trust, imported.settings.log_key(), 9)
    statement = forger.entry.statement
    cases = assertions(signed_bytes(statement)) | together(statement)
    for name, (signature, state, sentence) in cases.items():
        raw = forger.signed_by(signature, ENROLLED.der)
        (answer,) = drive(one_file, [raw], trust)
        assert ("signatures" in answer[state], answer["fails"]) == (
            True,
            ["signatures"] if state == "fails" else [],
        ), name
        assert any(sentence in each for each in answer["sentences"]), (name, answer["sentences"])
        assert by_page(answer) == by_python(Forgery(name, raw, (), trust)), name


# ---- seals


@pytest.mark.parametrize(
    ("sealers", "sentence"),
    [
        ((0, 1, 2), None),
        ((0, 1, 2, 3), None),
        ((0, 1), "not sealed by enough"),
        ((0, 1, 1), "not sealed by enough"),
        ((0, 1, 2, 4), "not sealed by enough"),
    ],
)
def test_seals_of_pinned_validators(one_file, imported, trust, sealers, sentence):
    """A quorum of the validators in the trust file has sealed the block, or it is no block."""
    genuine = make_receipt(imported.log, 9)
    keys = [PrivateKey(bytes([number]) * 32) for number in range(1, 6)]
    addresses = tuple(key.public_key.to_canonical_address() for key in keys[:4])
    anchor = sealed(genuine.anchor, addresses, [keys[each] for each in sealers])
    ranges = (ValidatorRange(0, None, tuple("0x" + each.hex() for each in addresses)),)
    pinned = replace(trust, validators=ranges)
    raw = format_receipt(replace(genuine, anchor=anchor))
    (answer,) = drive(one_file, [raw], pinned)
    assert by_page(answer) == by_python(Forgery("", raw, (), pinned))
    assert [sentence in each for each in answer["wrong"]] == ([True] if sentence else [])
    if sentence is None:
        other = replace(pinned, validators=(replace(ranges[0], addresses=ranges[0].addresses[:3]),))
        (answer,) = drive(one_file, [raw], other)
        assert "names other validators" in answer["wrong"][0]


def sealed(anchor: Any, addresses: Any, keys: list[PrivateKey]) -> Any:
    """The same anchor in a block of a QBFT chain, sealed by these keys."""
    items: list[Any] = list(parse_header(bytes.fromhex(anchor["header"][2:])).items)
    items[12:14] = [format_qbft(QbftExtra(bytes(32), addresses, [], 1, ())), QBFT_MIX_HASH]
    digest = parse_header(format_rlp(items)).seal_hash
    seals = tuple(key.sign_msg_hash(digest).to_bytes() for key in keys)
    items[12] = format_qbft(QbftExtra(bytes(32), addresses, [], 1, seals))
    raw = format_rlp(items)
    block_hash = "0x" + parse_header(raw).hash.hex()
    return {**anchor, "header": "0x" + raw.hex(), "blockHash": block_hash}


def test_evidence_is_kept(one_file, forgeries):
    """What failed can be saved: the receipt byte for byte, the trust file, each result."""
    drive(one_file, [forgeries[0].raw], forgeries[0].trust)
    with one_file.expect_download() as download:
        one_file.click("[data-verifier][lang=en] [data-result] .actions button")
    kept = json.loads(Path(download.value.path()).read_bytes())
    assert download.value.suggested_filename == "jejak-9.evidence.json"
    assert (kept["format"], kept["verdict"]) == ("jejak/evidence/1", "fails")
    assert base64.b64decode(kept["receipt"]) == forgeries[0].raw
    assert base64.b64decode(kept["trust"]) == format_trust(forgeries[0].trust)
    (failed,) = [each for each in kept["steps"] if each["state"] == "fails"]
    assert failed["code"] == "body.differs"
    assert failed["values"]["expected"] != failed["values"]["found"]
