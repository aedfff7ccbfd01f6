"""Published vectors in Chromium: the checker's script gives the verdicts that Python gives."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from eth_hash.auto import keccak
from msgspec import structs

from ledger.header import header_of_block, parse_header
from ledger.note import parse_note
from ledger.receipt import Proof, format_proof
from ledger.rlp import format_rlp, parse_rlp
from ledger.trie import verify_trie_proof
from tests.contracts.conftest import harness, machine, solc  # noqa: F401 - fixtures
from tests.contracts.test_consistency_vectors import Claim, by_contract, by_python, published
from tests.ledger.test_keys import BAD, ENROLLED, GOOD, SIGNED, spki
from tests.ledger.test_trie import _bytes, _exchange, _nodes, _trie
from tests.ledger.test_vectors_keys import accepts, cctv, unfit
from tests.ledger.test_vectors_tree import TESSERA, cases, raw
from web.standalone import script

pytestmark = pytest.mark.browser
PAGE = "http://localhost/"
PRELUDE = """
const m = await import("/verify.js");
const bytes = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
const holds = async (make) => { try { await make(); return true; } catch (error) {
  if (!(error instanceof m.Refused)) throw error; return false; } };
const each = async (cases, make) => {
  const found = []; for (const one of cases) found.push(await make(one)); return found; };
"""


class Script:
    """The checker's script in a page of its own."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def of_each(self, cases: list[Any], expression: str) -> list[Any]:
        """The value of an expression of `one`, for each case."""
        body = f"async (cases) => {{ {PRELUDE} return each(cases, async (one) => {expression}); }}"
        found: list[Any] = self.page.evaluate(body, cases)
        return found


def fulfil(kind: str, body: str, route: Any) -> None:
    """Answer a request of the page; no server is needed."""
    route.fulfill(body=body, content_type=kind)


@pytest.fixture(scope="module")
def checker(chromium: Any) -> Iterator[Script]:
    """The script, imported as a module."""
    context = chromium.new_context()
    page = context.new_page()
    for path, kind, body in (
        ("**", "html", "<!doctype html>"),
        ("verify.js", "javascript", script()),
    ):
        page.route(PAGE + path, partial(fulfil, f"text/{kind}", body))
    page.goto(PAGE)
    yield Script(page)
    context.close()


def b64(content: bytes) -> str:
    """Bytes as the page takes them."""
    return base64.b64encode(content).decode()


def test_inclusion(checker, shared_vectors):
    """The published verdict on each of 98 proofs of inclusion."""
    listed = cases(shared_vectors, "inclusion")
    given = [
        [
            *(str(case[name]) for name in ("leafIdx", "treeSize")),
            *(b64(raw(case[name])) for name in ("leafHash", "root")),
            [b64(raw(each)) for each in case["proof"] or ()],
        ]
        for case in listed
    ]
    found = checker.of_each(
        given,
        "holds(() => m.verifyInclusion(...one.slice(0, 2).map(BigInt), bytes(one[2]),"
        " one[4].map(bytes), bytes(one[3])))",
    )
    assert found == [not case["wantErr"] for case in listed]
    assert len(found) == 98


CONSISTENT = (
    "holds(() => m.verifyConsistency(...one.slice(0, 2).map(BigInt),"
    " ...one.slice(2, 4).map(bytes), one[4].map(bytes)))"
)


def claimed(claim: Claim) -> list[Any]:
    """A claim as the page takes it."""
    roots = [b64(claim.old_root), b64(claim.new_root)]
    return [str(claim.old), str(claim.new), *roots, [b64(each) for each in claim.proof]]


def test_consistency_by_python_javascript_and_solidity(checker, shared_vectors, harness):  # noqa: F811
    """The three give the published verdict on each of 98 claims."""
    listed = published(shared_vectors)
    found = checker.of_each([claimed(claim) for _, claim, _ in listed], CONSISTENT)
    assert found == [holds for _, _, holds in listed]
    assert found == [by_python(claim) for _, claim, _ in listed]
    assert found == [by_contract(harness, claim) for _, claim, _ in listed]
    assert len(found) == 98


def test_wycheproof(checker, shared_vectors):
    """The published verdict on each of 151 signatures."""
    vectors = json.loads((shared_vectors / "wycheproof-ed25519/ed25519_test.json").read_bytes())
    listed = [
        (group["publicKey"]["pk"], test["sig"], test["msg"], test["result"] == "valid")
        for group in vectors["testGroups"]
        for test in group["tests"]
    ]
    verify = "holds(() => m.verifyEd25519(...one.slice(0, 3).map(m.fromHex)))"
    found = checker.of_each([list(each) for each in listed], verify)
    assert found == [holds for *_, holds in listed]
    assert len(found) == 151


def test_cctv(checker, shared_vectors):
    """On 914 edge cases the browser's verdict is OpenSSL's; the same keys are fit."""
    listed = cctv(shared_vectors)
    given = [[case["key"], case["sig"], case["msg"].encode().hex()] for case in listed]
    found = checker.of_each(given, "holds(() => m.verifyEd25519(...one.map(m.fromHex)))")
    ours = [accepts(*(bytes.fromhex(each) for each in (key, msg, sig))) for key, sig, msg in given]
    assert found == ours
    keys = sorted({case["key"] for case in listed})
    fit = checker.of_each(
        [spki(bytes.fromhex(each)).hex() for each in keys],
        "holds(() => m.parseKey(m.fromHex(one)))",
    )
    assert fit == [not unfit(bytes.fromhex(each)) for each in keys]


def test_keccak(checker):
    """Python's digest at every length around the block of 136 bytes."""
    chance = random.Random(7)
    given = [chance.randbytes(size) for size in [*range(150), 271, 272, 273, 5000]]
    found = checker.of_each([each.hex() for each in given], "m.hex(m.keccak(m.fromHex(one)))")
    assert found == [keccak(each).hex() for each in given]


def nested(item: Any) -> Any:
    """An RLP item in hex, lists as lists."""
    return [nested(each) for each in item] if isinstance(item, list) else item.hex()


AS_HEX = (
    "(function show(item) { return Array.isArray(item) ? item.map(show) : m.hex(item); })"
    "(m.parseRlp(m.fromHex(one)))"
)


def test_rlp(checker, shared_vectors):
    """Every published case is read as Python reads it, and written back the same."""
    listed = json.loads((shared_vectors / "eth-rlp-trie" / "rlp.json").read_text("utf-8"))
    given = [case["out"].removeprefix("0x") for case in listed.values()]
    assert checker.of_each(given, AS_HEX) == [
        nested(parse_rlp(bytes.fromhex(each))) for each in given
    ]
    written = checker.of_each(given, "m.hex(m.formatRlp(m.parseRlp(m.fromHex(one))))")
    assert written == given


def test_rlp_out_of_form(checker):
    """Cut, lengthened, left-over or deeply nested bytes are refused."""
    given = ["", "81", "8100", "817f", "b800", "b837" + "00" * 55, "b90000", "f800", "c10100"]
    given += ["c281", "ff" * 9, "bf" + "ff" * 8, "0102", "c1" * 5000]
    assert not any(checker.of_each(given, "holds(() => m.parseRlp(m.fromHex(one)))"))


def test_execution_apis(checker, shared_vectors):
    """Each recorded eth_getProof leads from the state root to the account and its slots."""
    folder = shared_vectors / "eip1186-execution-apis"
    _, block = _exchange(folder / "eth_getBlockByNumber" / "get-latest.io")
    claims = []
    for path in sorted((folder / "eth_getProof").glob("*.io")):
        (address, *_), result = _exchange(path)
        account = [_bytes(node).hex() for node in result["accountProof"]]
        claims.append([block["stateRoot"][2:], keccak(_bytes(address)).hex(), account])
        for slot in result["storageProof"]:
            key = keccak(int(slot["key"], 16).to_bytes(32, "big")).hex()
            nodes = [_bytes(node).hex() for node in slot["proof"]]
            claims.append([result["storageHash"][2:], key, nodes])
    value = "m.hex(m.trieValue(m.fromHex(one[0]), m.fromHex(one[1]), one[2].map(m.fromHex)))"
    assert checker.of_each(claims, value) == [
        verify_trie_proof(*map(bytes.fromhex, claim[:2]), list(map(bytes.fromhex, claim[2]))).hex()
        for claim in claims
    ]
    assert len(claims) > 4
    cut = [[root, key, nodes[:-1]] for root, key, nodes in claims]
    assert not any(checker.of_each(cut, f"holds(() => {value})"))


def test_secure_trie(checker, shared_vectors):
    """Every account of the published states is provable under the published root."""
    listed = json.loads((shared_vectors / "eth-rlp-trie" / "securetrie.json").read_text("utf-8"))
    claims, expected = [], []
    for test in listed.values():
        entries = test["data"] if "data" in test else test["in"]
        content = {keccak(_bytes(key)): _bytes(value) for key, value in entries}
        trie = _trie(content)
        for key, value in content.items():
            nodes = [node.hex() for node in _nodes(trie, key)]
            claims.append([test["root"].removeprefix("0x"), key.hex(), nodes])
            expected.append(value.hex())
    value = "m.hex(m.trieValue(m.fromHex(one[0]), m.fromHex(one[1]), one[2].map(m.fromHex)))"
    assert checker.of_each(claims, value) == expected


def test_headers_of_public_chains(checker, shared_vectors):
    """A real header has the hash, and another the sealer, that it is known by."""
    rinkeby, goerli = (
        json.loads((shared_vectors / name / "block.json").read_bytes())
        for name in ("clique-rinkeby-30000", "clique-goerli-1")
    )
    header = header_of_block(rinkeby["header"]).hex()
    (found,) = checker.of_each([header], "m.hex(m.parseHeader(m.fromHex(one)).hash)")
    assert "0x" + found == rinkeby["header"]["hash"]
    items = parse_header(header_of_block(goerli["header"])).items
    extra = items[12]
    unsealed = keccak(format_rlp([*items[:12], extra[:-65], *items[13:]]))
    seals = [[unsealed.hex(), extra[-65:].hex()], [unsealed.hex(), (bytes(32) + extra[-33:]).hex()]]
    sealers = checker.of_each(seals[:1], "m.sealer(...one.map(m.fromHex))")
    assert ["0x" + each for each in sealers] == [goerli["genesis_signer"]]
    assert checker.of_each(seals[1:], "holds(() => m.sealer(...one.map(m.fromHex)))") == [False]


NOTE = "holds(async () => m.verifyNote(m.parseNote(one[0]), [await m.parseVkey(one[1])]))"


def test_notes(checker, shared_vectors):
    """The examples of C2SP and the checkpoints of a real log verify; other keys do not."""
    examples = shared_vectors / "c2sp-spec-examples"
    vkey = (examples / "signed-note-example.vkey").read_text().strip()
    note = (examples / "signed-note-example.txt").read_text("utf-8")
    tessera = (shared_vectors / TESSERA / "vkey.txt").read_text().strip()
    good = [(note, vkey)] + [
        ((shared_vectors / TESSERA / f"checkpoint.{size}").read_text("utf-8"), tessera)
        for size in range(16)
    ]
    bad = [(note, tessera), (note.replace("example", "exbmple"), vkey), (note[:-1], vkey)]
    assert checker.of_each([list(each) for each in good + bad], NOTE) == [True] * 17 + [False] * 3
    several = (examples / "signed-note-multiline-example.txt").read_text("utf-8")
    (text,) = checker.of_each([several], "m.parseNote(one).text")
    assert text == parse_note(several.encode()).text


def test_a_proof_of_another_log(checker, shared_vectors):
    """A tlog-proof of Rekor: path, root and signature."""
    vector = json.loads((shared_vectors / "rekor-v2-real-proof" / "proof.json").read_bytes())
    hashes = tuple(raw(each) for each in vector["hashes_b64"])
    text = format_proof(Proof(vector["index"], hashes, vector["checkpoint"].encode()))
    given = [text, vector["vkey"], vector["leaf_b64"]]
    proven = """holds(async () => {
      const proof = m.parseProof(one[0]);
      await m.verifyNote(proof.note, [await m.parseVkey(one[1])]);
      const leaf = await m.leafHash(bytes(one[2]));
      await m.verifyInclusion(proof.index, proof.size, leaf, proof.hashes, proof.root);
    })"""
    assert checker.of_each([given], proven) == [True]
    assert checker.of_each([[*given[:2], b64(b"another leaf")]], proven) == [False]


def test_assertions(checker):
    """Each assertion that Python's tests know, good or bad, has the same verdict by the script."""
    cases = [(each.signature(), True) for each in GOOD.values()]
    cases += [(each.signature(), False) for each in BAD.values()]
    given = [[b64(SIGNED), ENROLLED.der.hex(), structs.asdict(each)] for each, _ in cases]
    site = json.dumps({"rpId": ENROLLED.rp_id, "origin": ENROLLED.origin})
    verify = f"""holds(async () => {{
      const key = {{ ...(await m.parseKey(m.fromHex(one[1]))), ...{site} }};
      await m.verifyPasskey(bytes(one[0]), one[2], key);
    }})"""
    assert checker.of_each(given, verify) == [good for _, good in cases]
    assert len(given) > 20
