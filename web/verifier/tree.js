// The tree of RFC 6962, and notes of C2SP that Ed25519 signs.
import { demand, fromBase64, hex, join, refuse, same, sha256, utf8 } from "./bytes.js";

// ---- the tree; proofs are checked as RFC 9162 sections 2.1.3.2 and 2.1.4.2 say

export const leafHash = (leaf) => sha256(Uint8Array.of(0), leaf);
export const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

// What each sibling does on the way up: stands on the left, or on the right of what is folded.
function* climb(position, last, siblings, code) {
  for (const sibling of siblings) {
    // Without this an overlong proof hangs old leaves at new places.
    demand(last > 0n && sibling.length === 32, code);
    const left = Boolean(position & 1n) || position === last;
    while (left && position && !(position & 1n)) [position, last] = [position >> 1n, last >> 1n];
    yield [sibling, left];
    [position, last] = [position >> 1n, last >> 1n];
  }
  demand(last === 0n, code);
}

export async function foldInclusion(index, size, leaf, siblings) {
  demand(index >= 0n && index < size, "inclusion.beyond", { index, size });
  demand(leaf.length === 32, "inclusion.length");
  let folded = leaf;
  for (const [sibling, left] of climb(index, size - 1n, siblings, "inclusion.length")) {
    folded = await (left ? nodeHash(sibling, folded) : nodeHash(folded, sibling));
  }
  return folded;
}

export async function verifyInclusion(index, size, leaf, siblings, root) {
  const folded = await foldInclusion(index, size, leaf, siblings);
  demand(same(folded, root), "inclusion.root", { expected: hex(root), found: hex(folded) });
}

export async function verifyConsistency(old, size, oldRoot, root, proof) {
  demand(old > 0n && old <= size && [oldRoot, root].every((each) => each.length === 32), "consistency");
  if (old === size) return void demand(!proof.length && same(oldRoot, root), "consistency");
  let [position, last] = [old - 1n, size - 1n];
  while (position & 1n) [position, last] = [position >> 1n, last >> 1n];
  const [first, ...siblings] = old & (old - 1n) ? proof : [oldRoot, ...proof];
  demand(first?.length === 32, "consistency");
  let [before, after] = [first, first];
  for (const [sibling, left] of climb(position, last, siblings, "consistency")) {
    if (left) before = await nodeHash(sibling, before);
    after = await (left ? nodeHash(sibling, after) : nodeHash(after, sibling));
  }
  demand(same(before, oldRoot) && same(after, root), "consistency");
}

// ---- notes (C2SP signed-note) and Ed25519

const NO_NAME = /[^\S\ufeff]|[+\x85]|^$/u;

export function parseNote(text) {
  demand(utf8(text).length <= 65536 && !/[\0-\x09\x0b-\x1f]/.test(text), "note");
  const at = text.lastIndexOf("\n\n");
  demand(at >= 0 && text.endsWith("\n"), "note");
  const lines = text.slice(at + 2, -1).split("\n");
  demand(lines.length <= 64, "note");
  return { text: text.slice(0, at + 1), lines: lines.map(parseLine) };
}

function parseLine(line) {
  const [, name, encoded] = /^— ([^ ]*) (.*)$/s.exec(line) ?? [, "", ""];
  demand(!NO_NAME.test(name), "note");
  const raw = fromBase64(encoded);
  demand(raw.length > 4, "note");
  return { name, id: hex(raw.slice(0, 4)), signature: raw.slice(4) };
}

export async function parseVkey(text, kind = 1) {
  const [, name, id, encoded] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/s.exec(text) ?? [, "", "", ""];
  demand(!NO_NAME.test(name), "vkey");
  const raw = fromBase64(encoded);
  demand(raw.length === 33 && raw[0] === kind, "vkey");
  demand(hex(await sha256(utf8(`${name}\n`), raw)).startsWith(id), "vkey");
  return { name, id, key: raw.slice(1) };
}

// Whether this browser knows Ed25519: Chrome from 137, Firefox from 129, Safari from 17.
export async function knowsEd25519() {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32).fill(9), "Ed25519", false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

export async function verifyEd25519(key, signature, message) {
  let good = false;
  try {
    const loaded = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    good = await crypto.subtle.verify("Ed25519", loaded, signature, message);
  } catch {
    // A key that is no point signs nothing.
  }
  demand(good, "signature");
}

// The keys that signed a note, of those given; a failing line of one of them refuses the note.
export async function verifyNote(note, keys) {
  const good = [];
  for (const { name, id, signature } of note.lines) {
    const known = keys.find((each) => each.name === name && each.id === id);
    if (!known) continue;
    await verifyEd25519(known.key, signature, utf8(note.text)).catch(() => refuse("checkpoint.signature", { key: `${name}+${id}` }));
    good.push(known);
  }
  demand(good.length, "checkpoint.stranger", {
    expected: keys.map((each) => `${each.name}+${each.id}`).join(" "),
    found: note.lines.map((each) => `${each.name}+${each.id}`).join(" "),
  });
}
