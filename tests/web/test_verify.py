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
from eth_hash.auto import keccak
from eth_keys.datatypes import PrivateKey
from msgspec import structs

from audit.receipt_check import check_receipt
from ledger import deployment, epochs, merkle, settings
from ledger.envelope import Statement, signed_bytes
from ledger.errors import Malformed
from ledger.gesture import gesture_over
from ledger.header import QBFT_MIX_HASH, QbftExtra, format_qbft, parse_header
from ledger.note import Checkpoint, Signer, format_checkpoint, format_note, sign_note
from ledger.proving import make_receipt
from ledger.receipt import Proof, format_proof, format_receipt
from ledger.rlp import format_rlp
from ledger.tick import Ticker
from ledger.trust import Trust, ValidatorRange, format_trust, parse_trust
from procurement.importing import import_files
from tests.ledger.test_keys import ENROLLED, Assertion, challenge_of
from tests.web.forgeries import Forger, Forgery, altered_at_random, policy_of
from tests.web.nodes import Node, running
from tests.web.sites import Deployed, found, served
from web import render
from web.language import translations

pytestmark = pytest.mark.browser
ONE_FILE = (render.ASSETS / "verify.html").as_uri()
SETS = ("uk-contracts-finder", "py-dncp")

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
def node() -> Iterator[Node]:
    """A node that readers may ask."""
    with running(Node()) as asked:
        yield asked


@pytest.fixture(scope="module")
def imported(
    tmp_path_factory: pytest.TempPathFactory, shared_data: Path, node: Node
) -> Iterator[Deployed]:
    """A log of two real sets, anchored on a development chain, and its site."""
    deployed = found(
        tmp_path_factory.mktemp("imported"), chain=settings.DEVCHAIN, nodes={"Auditor": node.url}
    )
    deployed.settings = epochs.deploy(deployed.settings, deployed.log, [deployed.registrar])
    key = deployed.key("XX-COPIER", "importer", covers=("*",))
    for name in SETS:
        path = shared_data / name / "releases.jsonl.gz"
        import_files(deployed.log, [path], key=key, org="XX-COPIER", source=f"urn:set:{name}")
    with deployment.open_chain(deployed.settings) as chain:
        Ticker(deployed.log, deployed.settings, chain).tick(anchor=True)
        node.chain = chain.url
        with served(deployed) as site:
            yield site


@pytest.fixture(scope="module")
def trust(imported: Deployed) -> Trust:
    """The trust file that a reader brings along."""
    return parse_trust(imported.settings.trust.read_bytes())


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


# ---- the block, according to a node


def asked(page: Any, root: str, raw: bytes | None, trust: Trust, address: str) -> Any:
    """Check as a reader does, naming a node; the step about it: state and sentence."""
    files = {"receipt": raw, "trust": format_trust(trust)}
    for name, content in files.items():
        if content is not None:
            given = {"name": f"{name}.json", "mimeType": "application/json", "buffer": content}
            page.set_input_files(f"{root} [name={name}]", given)
    field = page.locator(f"{root} [name=node]")
    typed = field.evaluate("(field) => field.localName") == "input"
    field.fill(address) if typed else field.select_option(address)
    page.evaluate(f"document.querySelector('{root} [data-result]').replaceChildren()")
    page.click(f"{root} form .actions button")
    step = page.wait_for_selector(f"{root} [data-check=node]")
    return step.get_attribute("data-state"), step.text_content()


@pytest.fixture(scope="module")
def stick(chromium: Any) -> Iterator[Any]:
    """verify.html on a machine with a network."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(ONE_FILE)
    page.click("button[data-tongue=en]")
    yield page
    context.close()


ENGLISH = "[data-verifier][lang=en]"


def test_a_node_is_asked_from_the_one_file(stick, imported, trust, node):
    """The node that the reader names is asked about chain, genesis and block, and nothing else."""
    raw = format_receipt(make_receipt(imported.log, 9))
    node.asked.clear()
    state, said = asked(stick, ENGLISH, raw, trust, node.url)
    assert state == "holds"
    assert "says the same of block" in said
    methods = [json.loads(each) for each in node.asked]
    block = make_receipt(imported.log, 9).anchor["block"]
    assert methods == [
        ["eth_chainId", []],
        ["eth_getBlockByNumber", ["0x0", False]],
        ["eth_getBlockByNumber", [hex(block), False]],
    ]


@pytest.mark.parametrize(
    ("instead", "state", "sentence"),
    [
        ({"eth_getBlockByNumber": {"hash": "0x" + "77" * 32}}, "fails", "knows ANOTHER block"),
        ({"eth_getBlockByNumber": None}, "open", "does not know block"),
        ({"eth_chainId": "0x1"}, "open", "belongs to another chain"),
        ({"eth_chainId": "no number"}, "open", "could not be asked"),
    ],
)
def test_what_a_node_may_say(stick, imported, trust, instead, state, sentence):
    """Another block fails; a node that cannot say anything leaves the block unchecked."""
    raw = format_receipt(make_receipt(imported.log, 9))
    pinned = replace(trust, genesis=None)
    with running(Node(instead={"eth_chainId": hex(trust.chain_id or 0), **instead})) as liar:
        found, said = asked(stick, ENGLISH, raw, pinned, liar.url)
    assert (found, sentence in said) == (state, True)
    verdict = stick.text_content(f"{ENGLISH} [data-result] h2")
    assert (verdict == "Something does not match") == (state == "fails")


def test_a_node_that_does_not_answer(stick, imported, trust, node):
    """Neither a closed port nor a node without CORS is taken for a yes."""
    raw = format_receipt(make_receipt(imported.log, 9))
    with running(Node(chain=node.chain), cors=False) as closed:
        for address in (closed.url, "http://127.0.0.1:9"):
            state, said = asked(stick, ENGLISH, raw, trust, address)
            assert (state, "could not be asked" in said) == ("open", True)


def test_a_block_of_a_false_chain_is_found_by_asking(stick, imported, trust, node):
    """Who builds a chain of his own proves everything off line; the node knows another block."""
    genuine = make_receipt(imported.log, 9)
    header = list(parse_header(bytes.fromhex(genuine.anchor["header"][2:])).items)
    header[2] = b"\x66" * 20
    raw = format_rlp(header)
    block_hash = "0x" + keccak(raw).hex()
    anchor = {**genuine.anchor, "header": "0x" + raw.hex(), "blockHash": block_hash}
    forged = format_receipt(replace(genuine, anchor=anchor))
    assert check_receipt(forged, trust).holds
    state, said = asked(stick, ENGLISH, forged, trust, node.url)
    assert (state, "knows ANOTHER block" in said) == ("fails", True)


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


# ---- the site


def test_the_site_opens_its_own_receipt(chromium, imported, trust, node):
    """The page fetches the receipt and checks it; trust file and node say more; all by policy."""
    context = chromium.new_context(locale="en")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{imported.url}/verify?e=9")
    page.wait_for_selector("[data-check=node]")
    head = page.text_content("[data-result] h2")
    assert head == "This receipt is consistent with itself, no more"
    assert page.get_attribute("[data-check=log]", "data-state") == "holds"
    state, _ = asked(page, "[data-verifier]", None, trust, node.url)
    assert state == "holds"
    assert page.text_content("[data-result] h2") == "What was checked matches your trust file"
    policy = page.request.get(f"{imported.url}/verify").headers["content-security-policy"]
    assert f"connect-src 'self' {node.url};" in policy
    others = page.request.get(f"{imported.url}/how-it-works").headers
    assert node.url not in others["content-security-policy"]
    context.close()
    assert said == []


@pytest.fixture(scope="module")
def grown(imported: Deployed) -> Deployed:
    """The log with more entries than its receipts know."""
    for number in range(3):
        imported.key(f"XX-LATE-{number}", "importer")
    Ticker(imported.log, imported.settings, None).tick()
    return imported


def compared(page: Any, raw: bytes, trust: Trust | None, address: str) -> Any:
    """Check as a reader does who names the log's address; the step about it."""
    page.evaluate(f"document.querySelector('{ENGLISH} form').reset()")
    page.fill(f"{ENGLISH} [name=log]", address)
    for name, content in (("receipt", raw), ("trust", trust and format_trust(trust))):
        if content:
            given = {"name": f"{name}.json", "mimeType": "application/json", "buffer": content}
            page.set_input_files(f"{ENGLISH} [name={name}]", given)
    page.evaluate(f"document.querySelector('{ENGLISH} [data-result]').replaceChildren()")
    page.click(f"{ENGLISH} form .actions button")
    step = page.wait_for_selector(f"{ENGLISH} [data-check=log]")
    return step.get_attribute("data-state"), step.text_content()


def test_the_log_of_today_extends_the_receipt(stick, grown, trust):
    """From the public tiles alone: a log that has grown still begins with what a receipt knows."""
    raw = format_receipt(make_receipt(grown.log, 9))
    state, said = compared(stick, raw, trust, f"{grown.url}/log")
    assert (state, f"Today that log has {grown.log.size} entries" in said) == ("holds", True)


@pytest.mark.parametrize(
    ("name", "state", "sentence"),
    [
        ("rewritten", "fails", "the log has been rewritten"),
        ("same size", "fails", "the log has been rewritten"),
        ("shorter", "fails", "Today that log is shorter"),
        ("thief", "fails", "No key in your trust file has signed"),
        ("other", "open", "keeps the log other.example"),
        ("no note", "open", "could not be read"),
    ],
)
def test_what_a_log_may_show(stick, grown, trust, name, state, sentence):
    """Another history, a shorter one or one that strangers sign fails; silence says nothing."""
    forger = Forger(grown.log, trust, grown.settings.log_key(), 9)
    origin, size = trust.origin, forger.size
    signer = {"thief": Signer(origin, b"\x68" * 32), "other": Signer("other.example", b"o" * 32)}
    sizes = {"rewritten": grown.log.size, "shorter": size - 1}
    by = signer.get(name, forger.signer)
    text = format_checkpoint(Checkpoint(by.name, sizes.get(name, size), b"r" * 32))
    note = format_note(sign_note(text, by))
    shown = b"nothing" if name == "no note" else note
    headers = {"Access-Control-Allow-Origin": "*"}
    stick.route("**/log/checkpoint", lambda route: route.fulfill(body=shown, headers=headers))
    raw = format_receipt(forger.genuine)
    found, said = compared(stick, raw, trust, f"{grown.url}/log/")
    stick.unroute("**/log/checkpoint")
    assert (found, sentence in said) == (state, True)


def test_every_size_has_its_proof(stick, grown, trust):
    """Receipts of smaller trees, made as they were then, are found in the tiles of today."""
    leaves = [merkle.leaf_hash(record.leaf) for record in grown.log.records()]
    signer, genuine = grown.settings.log_key(), make_receipt(grown.log, 0)
    for size in (1, 2, 3, 64, 100, 255, 256, 257, grown.log.size):
        then = leaves[:size]

        def node_of(level: int, at: int, then: list[bytes] = then) -> bytes:
            return merkle.root(then[at << level : (at + 1) << level])

        path = merkle.inclusion_proof(0, size, node_of)
        text = format_checkpoint(Checkpoint(trust.origin, size, merkle.root(leaves[:size])))
        proof = format_proof(Proof(0, tuple(path), format_note(sign_note(text, signer))))
        raw = format_receipt(replace(genuine, proof=proof, anchor=None))
        state, said = compared(stick, raw, trust, f"{grown.url}/log/")
        assert state == "holds", (size, said)


def test_evidence_is_kept(one_file, forgeries):
    """What failed can be saved: the receipt byte for byte, the trust file, each result."""
    drive(one_file, [forgeries[0].raw], forgeries[0].trust)
    with one_file.expect_download() as download:
        one_file.click(f"{ENGLISH} [data-result] .actions button")
    kept = json.loads(Path(download.value.path()).read_bytes())
    assert download.value.suggested_filename == "jejak-9.evidence.json"
    assert (kept["format"], kept["verdict"]) == ("jejak/evidence/1", "fails")
    assert base64.b64decode(kept["receipt"]) == forgeries[0].raw
    assert base64.b64decode(kept["trust"]) == format_trust(forgeries[0].trust)
    (failed,) = [each for each in kept["steps"] if each["state"] == "fails"]
    assert failed["code"] == "body.differs"
    assert failed["values"]["expected"] != failed["values"]["found"]
