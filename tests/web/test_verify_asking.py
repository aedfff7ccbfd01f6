"""The checker of receipts in Chromium, with a network: what a node and the log of today say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from eth_hash.auto import keccak

from audit.receipt_check import check_receipt
from ledger import merkle
from ledger.header import parse_header
from ledger.note import Checkpoint, Signer, format_checkpoint, format_note, sign_note
from ledger.proving import make_receipt
from ledger.receipt import Proof, format_proof, format_receipt
from ledger.rlp import format_rlp
from ledger.tick import Ticker
from ledger.trust import Trust, format_trust
from tests.web.forgeries import Forger
from tests.web.nodes import Node, running
from tests.web.sites import Deployed
from tests.web.test_verify import ONE_FILE

pytestmark = pytest.mark.browser
ENGLISH = "[data-verifier][lang=en]"


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
