"""Block headers: their hash on a plain chain and on a QBFT chain, and the seals of the latter.

A header is kept as the list of its RLP items, so that forks which append items need no code here.
Item order: Yellow Paper 4.3. QBFT: the EEA specification as Besu encodes it; the extra data is
`[vanity, [validator…], vote, round, [seal…]]` and neither hash of it is the hash of the bytes.
A Clique header (EIP-225) is hashed like a plain one. **Not run against Besu**: no header of a live
network is among the test vectors yet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from eth_hash.auto import keccak

from ledger.errors import BadSignature, Malformed
from ledger.rlp import Item, format_integer, format_rlp, parse_integer, parse_rlp

MAX_HEADER = 65_536
QBFT_MIX_HASH = bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365")

_EXTRA, _MIX_HASH = 12, 13
_FIXED = {0: 32, 1: 32, 2: 20, 3: 32, 4: 32, 5: 32, 6: 256, 13: 32, 14: 8}
# Names in eth_getBlockBy… answers, in header order; those after `nonce` exist by fork.
_JSON_ITEMS: tuple[tuple[str, type[bytes | int]], ...] = (
    ("parentHash", bytes),
    ("sha3Uncles", bytes),
    ("miner", bytes),
    ("stateRoot", bytes),
    ("transactionsRoot", bytes),
    ("receiptsRoot", bytes),
    ("logsBloom", bytes),
    ("difficulty", int),
    ("number", int),
    ("gasLimit", int),
    ("gasUsed", int),
    ("timestamp", int),
    ("extraData", bytes),
    ("mixHash", bytes),
    ("nonce", bytes),
    ("baseFeePerGas", int),
    ("withdrawalsRoot", bytes),
    ("blobGasUsed", int),
    ("excessBlobGas", int),
    ("parentBeaconBlockRoot", bytes),
    ("requestsHash", bytes),
)


@dataclass(frozen=True)
class QbftExtra:
    """The extra data of a QBFT header; the vote is kept as it stands."""

    vanity: bytes
    validators: tuple[bytes, ...]
    vote: Item
    round: int
    seals: tuple[bytes, ...]


@dataclass(frozen=True)
class Header:
    """A block header: its RLP items, and what an anchor needs of them."""

    items: tuple[bytes, ...]
    qbft: QbftExtra | None

    @property
    def state_root(self) -> bytes:
        """Root of the state trie after this block."""
        return self.items[3]

    @property
    def number(self) -> int:
        """Block number."""
        return parse_integer(self.items[8])

    @property
    def timestamp(self) -> int:
        """Seconds since 1970."""
        return parse_integer(self.items[11])

    @property
    def hash(self) -> bytes:
        """The hash by which the chain knows this block."""
        if self.qbft is None:
            return keccak(format_header(self))
        return keccak(self._with_extra(format_qbft(_sealless(self.qbft, 0))))

    @property
    def seal_hash(self) -> bytes:
        """What QBFT validators sign. Raises Malformed if this is no QBFT header."""
        if self.qbft is None:
            raise Malformed("the header is not one of a QBFT chain")
        return keccak(self._with_extra(format_qbft(_sealless(self.qbft, self.qbft.round))))

    def _with_extra(self, extra: bytes) -> bytes:
        return format_rlp([*self.items[:_EXTRA], extra, *self.items[_EXTRA + 1 :]])


def parse_header(raw: bytes) -> Header:
    """A header from its RLP. Raises Malformed."""
    if len(raw) > MAX_HEADER:
        raise Malformed(f"a block header has more than {MAX_HEADER} bytes")
    items = parse_rlp(raw, depth=1)
    if isinstance(items, bytes) or not 15 <= len(items) <= 32:
        raise Malformed("a block header is a list of 15 to 32 items")
    fields = tuple(_octets(item) for item in items)
    if any(len(fields[index]) != size for index, size in _FIXED.items()):
        raise Malformed("an item of a block header has a wrong length")
    for index in (7, 8, 9, 10, 11):
        parse_integer(fields[index])
    return Header(fields, _qbft_of(fields))


def format_header(header: Header) -> bytes:
    """The inverse of parse_header."""
    return format_rlp(list(header.items))


def header_of_block(block: Mapping[str, Any]) -> bytes:
    """The RLP of a header from the JSON of a block, for nodes that do not hand out raw headers.

    `block` has the fields of `eth_getBlockByHash` as 0x strings. The caller compares the hash.
    Raises Malformed.
    """
    items: list[Item] = []
    for name, form in _JSON_ITEMS:
        text = block.get(name)
        if text is None:
            continue
        try:
            items.append(
                bytes.fromhex(text[2:]) if form is bytes else format_integer(int(text, 16))
            )
        except (TypeError, ValueError) as error:
            raise Malformed(f"the block's {name} is not hexadecimal") from error
    return format_rlp(items)


def parse_qbft(extra: bytes) -> QbftExtra:
    """QBFT extra data. Raises Malformed."""
    items = parse_rlp(extra, depth=3)
    if isinstance(items, bytes) or len(items) != 5:
        raise Malformed("QBFT extra data is a list of five items")
    vanity, validators, vote, number, seals = items
    if len(_octets(vanity)) != 32:
        raise Malformed("the vanity of QBFT extra data has 32 bytes")
    return QbftExtra(
        _octets(vanity), _each(validators, 20), _vote(vote), parse_integer(number), _each(seals, 65)
    )


def format_qbft(extra: QbftExtra) -> bytes:
    """The inverse of parse_qbft."""
    validators: list[Item] = list(extra.validators)
    seals: list[Item] = list(extra.seals)
    return format_rlp([extra.vanity, validators, extra.vote, format_integer(extra.round), seals])


def verify_seals(header: Header, validators: Collection[bytes]) -> None:
    """Check that a quorum, ceil(2n/3) of the n pinned validators, sealed a QBFT header.

    `validators` are 20-byte addresses the verifier brings along. The header's own list must be the
    same set (header voting; a chain with a validator contract is refused). Every seal must be by a
    validator, and no two by one. **Not run against Besu.**

    Raises:
        BadSignature: too few seals, a stranger's, a double one, or another set of validators.
        Malformed: the header is not one of a QBFT chain.
    """
    pinned = frozenset(validators)
    digest = header.seal_hash
    qbft = header.qbft
    if qbft is None or frozenset(qbft.validators) != pinned:
        raise BadSignature("the header names other validators than those pinned")
    signers = [_sealer(digest, seal) for seal in qbft.seals]
    if len(set(signers)) != len(signers):
        raise BadSignature("one validator sealed the header twice")
    if not pinned.issuperset(signers):
        raise BadSignature("the header carries the seal of a stranger")
    quorum = -(-2 * len(pinned) // 3)
    if not pinned or len(signers) < quorum:
        raise BadSignature(f"{len(signers)} of {len(pinned)} validators sealed, {quorum} must")


def _sealer(digest: bytes, seal: bytes) -> bytes:
    from eth_keys.datatypes import Signature
    from eth_keys.exceptions import BadSignature as Unrecoverable
    from eth_utils.exceptions import ValidationError

    try:
        signature = Signature(seal)
        return signature.recover_public_key_from_msg_hash(digest).to_canonical_address()
    except (Unrecoverable, ValidationError, ValueError) as error:
        raise BadSignature("a seal of the header is no signature") from error


def _qbft_of(items: tuple[bytes, ...]) -> QbftExtra | None:
    # The genesis block carries QBFT's form too, but is hashed as it is.
    if items[_MIX_HASH] != QBFT_MIX_HASH or not items[8]:
        return None
    return parse_qbft(items[_EXTRA])


def _sealless(extra: QbftExtra, number: int) -> QbftExtra:
    return QbftExtra(extra.vanity, extra.validators, extra.vote, number, ())


def _octets(item: Item) -> bytes:
    if isinstance(item, list):
        raise Malformed("a list stands where the header has a byte string")
    return item


def _each(item: Item, size: int) -> tuple[bytes, ...]:
    if isinstance(item, bytes) or any(len(_octets(each)) != size for each in item):
        raise Malformed(f"QBFT extra data has a list that is not of {size} bytes each")
    return tuple(_octets(each) for each in item)


def _vote(item: Item) -> Item:
    """`[]`, or `[recipient, 0xff]` to add, or `[recipient, empty]` to drop."""
    if item == []:
        return item
    if isinstance(item, bytes) or len(item) != 2 or len(_octets(item[0])) != 20:
        raise Malformed("the vote in QBFT extra data is neither empty nor a recipient and a type")
    if item[1] not in (b"", b"\xff"):
        raise Malformed("the vote in QBFT extra data is neither to add nor to drop")
    return item
