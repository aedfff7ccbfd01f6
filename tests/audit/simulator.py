"""A lying operator in memory: a genuine log first, then whatever he makes of it.

What he publishes is a dictionary from path to bytes, which is also the source an audit reads. He
holds the log's key; he does not hold the keys of offices and registrars, nor the chain.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from audit.source import TooLarge
from audit.verify import verify
from ledger import merkle, tiles
from ledger.body import digest
from ledger.envelope import Entry, Signature, Statement, format_entry, parse_entry
from ledger.errors import NotFound
from ledger.keys import SigningKey
from ledger.kinds import KINDS, Kind, Meaning
from ledger.note import Checkpoint, Signer, format_checkpoint, format_note, format_vkey, sign_note
from ledger.stateproof import log_id
from ledger.trust import Trust
from procurement import budget
from tests.ledger import offices
from tests.ledger.offices import ORG, ORIGIN, SALT

SIGNER = Signer(ORIGIN, b"l" * 32)
THIEF = Signer(ORIGIN, b"t" * 32)
REGISTRARS = offices.key("sekda"), offices.key("inspektur")
BUDGET, TREASURY, AUDITOR, IMPORTER = (
    offices.key(name) for name in ("anggaran", "perbendaharaan", "pengawas", "salinan")
)
CHAIN_ID, GENESIS, CONTRACT = 1337, "0x" + "9e" * 32, "0x" + "c0" * 20
LINE = f"{ORG}/2026/1.03"
LOG_ID = log_id(ORIGIN)


def read_release(body: Any) -> Meaning:
    """A release by its ocid alone."""
    return Meaning(body["ocid"])


ALL_KINDS = {
    **KINDS,
    **budget.KINDS,
    "ocds/release": Kind(frozenset({"procurement", "importer"}), read_release),
}


def clock(minute: int) -> str:
    """A time so many minutes after New Year."""
    return f"2026-01-{1 + minute // 1440:02}T{minute // 60 % 24:02}:{minute % 60:02}:00Z"


@dataclass
class Draft:
    """An entry before it has a place; `prev` only where it is forged."""

    at: str
    statement: Statement
    signatures: tuple[Signature, ...]
    body: bytes | None
    prev: str | None = None

    def entry(self, prev: str) -> Entry:
        """The entry after one with this leaf hash."""
        return Entry(
            at=self.at,
            prev=self.prev or prev,
            signatures=self.signatures,
            statement=self.statement,
        )


@dataclass
class Operator:
    """A log as its drafts, and who publishes it."""

    drafts: list[Draft] = field(default_factory=list)
    signer: Signer = SIGNER
    minute: int = 0

    def publish(
        self, kind: str, said: Any, *signers: SigningKey, subject: str, **changes: Any
    ) -> int:
        """Append an entry; its index."""
        self.drafts.append(self.draft(kind, said, *signers, subject=subject, **changes))
        return len(self.drafts) - 1

    def draft(
        self, kind: str, said: Any, *signers: SigningKey, subject: str, **changes: Any
    ) -> Draft:
        """An entry signed by its signers, a minute after the last one."""
        self.minute += 1
        at = changes.pop("at", clock(self.minute))
        raw = json.dumps(said).encode()
        plain = {
            "body": digest(raw),
            "kind": kind,
            "log": ORIGIN,
            "org": ORG,
            "subject": subject,
            "time": at,
            "v": "jejak/1",
        }
        statement = Statement(**(plain | changes))
        signatures = sorted((key.sign(statement) for key in signers), key=lambda each: each.key)
        return Draft(at, statement, tuple(signatures), raw)

    def copy(self) -> Operator:
        """The same log, to be tampered with."""
        return Operator([replace(draft) for draft in self.drafts], self.signer, self.minute)

    def leaves(self) -> list[bytes]:
        """Leaf bytes, chained."""
        prev, found = "0" * 64, []
        for draft in self.drafts:
            found.append(format_entry(draft.entry(prev)))
            prev = merkle.leaf_hash(found[-1]).hex()
        return found

    def hash_of(self, index: int) -> str:
        """Leaf hash (hex) of an entry."""
        return merkle.leaf_hash(self.leaves()[index]).hex()

    def roots(self, *sizes: int) -> dict[int, bytes]:
        """The roots at these sizes."""
        hashes = [merkle.leaf_hash(leaf) for leaf in self.leaves()]
        return {size: merkle.root(hashes[:size]) for size in sizes}

    def trust(self) -> Trust:
        """A trust file of this log."""
        entry0 = merkle.leaf_hash(self.leaves()[0])
        keys = (SIGNER.verifier(),)
        return Trust(ORIGIN, keys, entry0, None, CHAIN_ID, GENESIS, CONTRACT)

    def tree(self, anchored: Sequence[int] = ()) -> Files:
        """The public tree, with rows for the anchors of these sizes."""
        leaves = self.leaves()
        files = Files(hash_tiles(leaves))
        files |= body_files([draft.body for draft in self.drafts])
        for number in range(-(-len(leaves) // tiles.WIDTH)):
            group = leaves[number * tiles.WIDTH :][: tiles.WIDTH]
            files[tiles.bundle_path(number, len(group))] = tiles.format_bundle(group)
        files["anchors/latest"] = anchor_rows(self.roots(*anchored))
        files["log.json"] = json.dumps(description()).encode()
        hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
        files["checkpoint"] = note(self.signer, len(leaves), merkle.root(hashes))
        return files


class Files(dict[str, bytes]):
    """A public tree in memory: an audit's Source."""

    where = "memory"

    def read(self, path: str, limit: int) -> bytes:
        """See audit.source.Source."""
        if path not in self:
            raise NotFound(f"{path} is missing")
        if len(self[path]) > limit:
            raise TooLarge(f"{path} is too large")
        return self[path]

    def leaf_at(self, index: int) -> bytes:
        """The entry served at an index."""
        return self._bundle(index)[1][index % tiles.WIDTH]

    def put_leaf(self, index: int, leaf: bytes) -> None:
        """Serve other bytes at an index; nothing else changes."""
        path, leaves = self._bundle(index)
        leaves[index % tiles.WIDTH] = leaf
        self[path] = tiles.format_bundle(leaves)

    def flip(self, path: str, at: int) -> None:
        """Change one byte."""
        raw = bytearray(self[path])
        raw[at] ^= 0x01
        self[path] = bytes(raw)

    def _bundle(self, index: int) -> tuple[str, list[bytes]]:
        stem = tiles.bundle_path(index // tiles.WIDTH)
        path = next(path for path in self if path == stem or path.startswith(f"{stem}.p/"))
        width = int(path.partition(".p/")[2] or tiles.WIDTH)
        return path, tiles.parse_bundle(self[path], width)


def hash_tiles(leaves: Sequence[bytes]) -> dict[str, bytes]:
    """Every tile of these leaves, full and partial."""
    level, hashes = 0, [merkle.leaf_hash(leaf) for leaf in leaves]
    found = {}
    while hashes:
        groups = [hashes[at : at + tiles.WIDTH] for at in range(0, len(hashes), tiles.WIDTH)]
        for number, group in enumerate(groups):
            found[tiles.tile_path(level, number, len(group))] = b"".join(group)
        hashes = [merkle.root(group) for group in groups if len(group) == tiles.WIDTH]
        level += 1
    return found


def body_files(bodies: Sequence[bytes | None]) -> dict[str, bytes]:
    """Groups of bodies, and bodies by themselves."""
    found = {}
    full = len(bodies) // tiles.WIDTH
    for number in range(full):
        group = bodies[number * tiles.WIDTH :][: tiles.WIDTH]
        found[tiles.body_group_path(number)] = tiles.format_body_group(group)
    for index, body in enumerate(bodies):
        if body is not None and (index >= full * tiles.WIDTH or len(body) > tiles.INLINE_BODY):
            found[tiles.body_path(index)] = body
    return found


def note(signer: Signer, size: int, root: bytes) -> bytes:
    """A signed checkpoint."""
    return format_note(sign_note(format_checkpoint(Checkpoint(ORIGIN, size, root)), signer))


def anchor_rows(roots: dict[int, bytes]) -> bytes:
    """A group of anchor rows."""
    rows = [
        {
            "size": size,
            "root": "0x" + root.hex(),
            "transaction": "0x" + "aa" * 32,
            "block": size,
            "blockHash": "0x" + "bb" * 32,
            "time": clock(size),
        }
        for size, root in sorted(roots.items())
    ]
    return json.dumps(rows).encode()


def description(**changes: Any) -> dict[str, Any]:
    """`log.json`."""
    plain = {
        "origin": ORIGIN,
        "key": format_vkey(SIGNER.verifier()),
        "chainId": CHAIN_ID,
        "genesis": GENESIS,
        "contract": CONTRACT,
        "logId": "0x" + LOG_ID.hex(),
        "software": "jejak",
    }
    return plain | changes


@dataclass
class FakeChain:
    """A contract that holds these roots of the genuine log."""

    roots: dict[int, bytes]
    chain_id: int = CHAIN_ID
    genesis: str = GENESIS
    version: str = "anvil/v1"

    def identity(self) -> FakeChain:
        """Itself: it has the two members."""
        return self

    def client_version(self) -> str:
        """What it calls itself."""
        return self.version

    def latest(self, contract: str, log: bytes) -> Newest:
        """The newest root."""
        assert (contract, log) == (CONTRACT, LOG_ID)
        size = max(self.roots, default=0)
        return Newest(size, self.roots.get(size, bytes(32)), 1_770_000_000)

    def is_closed(self, contract: str, log: bytes) -> bool:
        """Never."""
        return False

    def root_at(self, contract: str, log: bytes, size: int) -> bytes:
        """The root at a size."""
        assert (contract, log) == (CONTRACT, LOG_ID)
        return self.roots.get(size, bytes(32))

    def anchored_in(self, contract: str, log: bytes, size: int, block: int) -> Mined | None:
        """The anchor of a size, made in the block of that number, as anchor_rows says."""
        assert (contract, log) == (CONTRACT, LOG_ID)
        made = size in self.roots and block == size
        return Mined("0x" + "aa" * 32, "0x" + "bb" * 32, clock(size)) if made else None


@dataclass(frozen=True)
class Mined:
    """As a block tells an anchor."""

    transaction: str
    block_hash: str
    time: str


@dataclass(frozen=True)
class Newest:
    """As the contract answers."""

    size: int
    root: bytes
    at: int


def appropriation(amount: str = "1000000.00") -> dict[str, Any]:
    """The body of a `budget/appropriation`."""
    line = {"id": LINE, "fiscalYear": "2026", "title": "Jalan", "org": ORG, "classifications": {}}
    return {
        "line": line,
        "amount": {"amount": amount, "currency": "IDR"},
        "legalBasis": "Perda 1/2026",
        "salt": SALT,
    }


def payment(name: str, amount: str = "10.00", reverses: str | None = None) -> dict[str, Any]:
    """The body of a `budget/payment`."""
    money = {"amount": amount, "currency": "IDR"}
    return {
        "id": name,
        "date": "2026-01-02",
        "method": "LS",
        "payee": {"id": "ID-NPWP-1", "name": "CV Fiktif"},
        "items": [{"line": {"id": LINE}, "amount": money}],
        "net": money,
        "contract": None,
        "reverses": reverses,
        "salt": SALT,
    }


def release(ocid: str) -> dict[str, Any]:
    """The body of an `ocds/release`."""
    return {"ocid": ocid, "id": "1", "date": "2026-01-02T00:00:00Z", "tag": ["tender"]}


def founded() -> Operator:
    """Root, institution, keys, the place of the anchors: eight entries."""
    log = Operator()
    log.publish("registry/root", offices.root(2, *REGISTRARS), *REGISTRARS, subject="root")
    institution = offices.institution(ORG, "ocds-kab-")
    log.publish("registry/institution", institution, *REGISTRARS, subject=ORG)
    for signer, role in (
        (BUDGET, "budget"),
        (TREASURY, "treasury"),
        (AUDITOR, "auditor"),
        (IMPORTER, "importer"),
    ):
        enrol(log, signer, roles=[role])
    place = {
        "chainId": CHAIN_ID,
        "genesis": GENESIS,
        "contract": CONTRACT,
        "log": LOG_ID.hex(),
        "fromSize": 0,
        "salt": SALT,
    }
    log.publish("registry/anchor", place, *REGISTRARS, subject=LOG_ID.hex())
    log.publish("budget/appropriation", appropriation(), BUDGET, subject=LINE)
    return log


def enrol(log: Operator, signer: SigningKey, **changes: Any) -> int:
    """Append the enrolment of a key."""
    said = offices.enrolment(signer, **changes)
    return log.publish("registry/key", said, *REGISTRARS, subject=signer.id)


def add_payments(log: Operator, count: int) -> None:
    """Append payments, each with its own id."""
    for _ in range(count):
        name = f"SP2D-{len(log.drafts)}"
        log.publish("budget/payment", payment(name), TREASURY, subject=name)


def add_note(log: Operator, about: str, **changes: Any) -> int:
    """Append an auditor's note about an entry."""
    return log.publish("note", offices.remark(about), AUDITOR, subject=about, **changes)


def altered(leaf: bytes, **changes: Any) -> bytes:
    """A leaf with members of its entry, or of its statement, set."""
    entry = parse_entry(leaf)
    inner = {name: changes.pop(name) for name in tuple(changes) if hasattr(entry.statement, name)}
    statement = msgspec.structs.replace(entry.statement, **inner)
    return format_entry(msgspec.structs.replace(entry, statement=statement, **changes))


def audited(log: Operator, files: Files, chain: FakeChain | None = None, **changes: Any) -> Any:
    """The report about these files with the trust file of the genuine log."""
    arguments = {"trust": log.trust(), "chains": [chain] if chain else (), "workers": 1} | changes
    return verify(files, ALL_KINDS, **arguments)


def failures(report: Any) -> dict[str, int | None]:
    """The failed checks, each with the place of its first finding."""
    return {
        check.name: check.findings[0].index
        if check.findings[0].size is None
        else check.findings[0].size
        for check in report.checks
        if check.failed
    }
