// Whether the log of today still begins with the state that a receipt knows: asked of its public tree.
import { demand, fromBase64, Refused, refuse, same } from "./bytes.js";
import { nodeHash, parseNote, verifyConsistency, verifyNote } from "./tree.js";
import { parseCheckpoint } from "./reading.js";

const HASH = 32;
const bits = (number) => BigInt(number.toString(2).length);

// The node at a level and an index (RFC 6962), out of hash tiles (C2SP tlog-tiles) of a tree of `size`.
function nodesOf(tree, size) {
  const tiles = new Map();
  const tile = async (level, number) => {
    const left = (size >> (8n * level)) - 256n * number;
    const groups = String(number).padStart(Math.ceil(String(number).length / 3) * 3, "0").match(/.{3}/g);
    const path = `tile/${level}/${groups.join("/x").replace(/^(?=.*\/)/, "x").replace(/x(\d{3})$/, "$1")}${left < 256n ? `.p/${left}` : ""}`;
    if (!tiles.has(path)) tiles.set(path, new Uint8Array(await (await got(tree + path)).arrayBuffer()));
    return tiles.get(path);
  };
  return async (level, index) => {
    const within = level % 8n;
    const first = index << within;
    const hashes = await tile(level / 8n, first >> 8n);
    const at = Number(first & 255n) * HASH;
    let row = Array.from({ length: 1 << Number(within) }, (_, place) => hashes.slice(at + HASH * place, at + HASH * (place + 1)));
    while (row.length > 1) row = await Promise.all(row.flatMap((each, place) => (place % 2 ? [] : [nodeHash(each, row[place + 1])])));
    return row[0];
  };
}

async function got(address) {
  const answer = await fetch(address, { cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(20000) });
  return answer.ok ? answer : refuse("log.silent");
}

const split = (width) => 1n << (bits(width - 1n) - 1n);

async function subtree(start, stop, node) {
  const width = stop - start;
  if (!(width & (width - 1n))) return node(bits(width) - 1n, start >> (bits(width) - 1n));
  const middle = start + split(width);
  return nodeHash(await subtree(start, middle, node), await subtree(middle, stop, node));
}

// The consistency proof of RFC 6962 section 2.1.2, made from the nodes.
async function proofOf(old, start, stop, known, node) {
  if (old === stop) return known ? [] : [await subtree(start, stop, node)];
  const middle = start + split(stop - start);
  if (old <= middle) return [...(await proofOf(old, start, middle, known, node)), await subtree(middle, stop, node)];
  return [...(await proofOf(old, middle, stop, false, node)), await subtree(start, middle, node)];
}

export async function askLog(tree, proof, trust = null) {
  const values = { tree, before: proof.size };
  const tell = (state, code, more = {}) => ({ check: "log", state, code, values: { ...values, ...more } });
  try {
    const note = parseNote(await (await got(`${tree}checkpoint`)).text());
    const today = parseCheckpoint(note.text);
    if (today.origin !== proof.origin) return tell("open", "log.other", { expected: proof.origin, found: today.origin });
    if (trust) await verifyNote(note, trust.logKeys).catch(() => refuse("log.stranger"));
    Object.assign(values, { size: today.size });
    demand(today.size >= proof.size, "log.shorter");
    const grown = today.size > proof.size;
    const path = grown ? await proofOf(proof.size, 0n, today.size, true, nodesOf(tree, today.size)) : [];
    await verifyConsistency(proof.size, today.size, proof.root, today.root, path).catch(() => refuse("log.rewritten"));
    return tell("holds", trust ? "log.holds" : "log.self");
  } catch (error) {
    const said = error instanceof Refused && error.code.startsWith("log.") && error.code !== "log.silent";
    return said ? tell("fails", error.code) : tell("open", "log.silent");
  }
}
