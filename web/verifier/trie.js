// RLP and tries: Yellow Paper, appendices B and D; one encoding only, bounded nesting.
import { demand, hex, integer, join, refuse, same, word } from "./bytes.js";
import { keccak } from "./keccak.js";

export function parseRlp(raw, depth = 16) {
  const [item, end] = readRlp(raw, 0, raw.length, depth);
  demand(end === raw.length, "rlp");
  return item;
}

function readRlp(raw, start, stop, depth) {
  demand(start < stop, "rlp");
  const first = raw[start];
  if (first < 0x80) return [raw.slice(start, start + 1), start + 1];
  let [begin, length] = [start + 1, first - (first < 0xc0 ? 0x80 : 0xc0)];
  if (length > 55) {
    const digits = raw.slice(begin, begin + length - 55);
    begin += length - 55;
    length = Number(integer(digits));
    demand(length > 55 && digits[0], "rlp");
  }
  const end = begin + length;
  demand(end <= stop, "rlp");
  if (first >= 0xc0) return [readList(raw, begin, end, depth), end];
  demand(length !== 1 || raw[begin] > 0x7f, "rlp");
  return [raw.slice(begin, end), end];
}

function readList(raw, at, stop, depth) {
  demand(depth > 0, "rlp");
  const items = [];
  while (at < stop) {
    const [item, end] = readRlp(raw, at, stop, depth - 1);
    items.push(item);
    at = end;
  }
  return items;
}

export function formatRlp(item) {
  const list = Array.isArray(item);
  if (!list && item.length === 1 && item[0] < 0x80) return item;
  const payload = list ? join(...item.map(formatRlp)) : item;
  const offset = list ? 0xc0 : 0x80;
  if (payload.length < 56) return join(Uint8Array.of(offset + payload.length), payload);
  const digits = word(payload.length, Math.ceil(payload.length.toString(16).length / 2));
  return join(Uint8Array.of(offset + 55 + digits.length), digits, payload);
}

export function rlpInteger(item) {
  demand(!Array.isArray(item) && item.length <= 32 && item[0] !== 0, "rlp");
  return integer(item);
}

const nibbles = (bytes) => Array.from(bytes).flatMap((each) => [each >> 4, each & 15]);

export function trieValue(root, key, proof) {
  demand(proof.length <= 65 && proof.every((node) => node.length <= 2048), "trie");
  const [left, path] = [[...proof], nibbles(key)];
  let reference = root;
  for (;;) {
    const node = trieNode(reference, left);
    if (node.length === 17) {
      if (!path.length) return lastValue(node[16], left);
      reference = node[path.shift()];
      continue;
    }
    const [steps, leaf] = triePath(node[0]);
    demand(steps.every((each) => each === path.shift()), "trie");
    if (leaf) {
      demand(!path.length, "trie");
      return lastValue(node[1], left);
    }
    reference = node[1];
  }
}

function trieNode(reference, left) {
  let node = reference;
  if (!Array.isArray(node)) {
    const raw = left.shift() ?? refuse("trie");
    demand(reference.length === 32 && same(keccak(raw), reference), "trie", { expected: hex(reference), found: hex(keccak(raw)) });
    node = parseRlp(raw);
  }
  demand(Array.isArray(node) && [2, 17].includes(node.length), "trie");
  return node;
}

function triePath(packed) {
  demand(!Array.isArray(packed) && packed.length, "trie");
  const [flag, ...rest] = nibbles(packed);
  demand(flag < 4 && (flag & 1 || rest.shift() === 0), "trie");
  demand(flag & 2 || rest.length, "trie");
  return [rest, Boolean(flag & 2)];
}

function lastValue(item, left) {
  demand(!Array.isArray(item) && item.length && !left.length, "trie");
  return item;
}
