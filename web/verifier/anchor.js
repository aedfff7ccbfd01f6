// The anchor of a receipt: header, account, storage, and the seals where validators are pinned.
import { demand, differs, fromHex, hex, join, latin, refuse, same, sha256, utf8, word } from "./bytes.js";
import { keccak } from "./keccak.js";
import { formatRlp, parseRlp, rlpInteger, trieValue } from "./trie.js";
import { sealer } from "./seals.js";

export function parseHeader(raw) {
  const items = parseRlp(raw, 1);
  demand(Array.isArray(items) && items.length >= 15 && items.length <= 32, "anchor.header");
  const sizes = { 0: 32, 1: 32, 2: 20, 3: 32, 4: 32, 5: 32, 6: 256, 13: 32, 14: 8 };
  demand(Object.entries(sizes).every(([place, size]) => items[place].length === size), "anchor.header");
  [7, 8, 9, 10, 11].forEach((place) => rlpInteger(items[place]));
  const qbft = latin(items[13]) === "ctical byzantine fault tolerance" && items[8].length ? parseQbft(items[12]) : null;
  return { items, qbft, number: rlpInteger(items[8]), time: rlpInteger(items[11]), hash: headerHash(items, qbft, 0n) };
}

const isList = (item, size) => Array.isArray(item) && item.every((each) => each.length === size && !Array.isArray(each));

function parseQbft(extra) {
  const parts = parseRlp(extra, 3);
  demand(Array.isArray(parts) && parts.length === 5 && parts[0].length === 32 && !Array.isArray(parts[0]), "anchor.header");
  const [vanity, validators, vote, round, seals] = parts;
  demand(isList(validators, 20) && isList(seals, 65) && Array.isArray(vote), "anchor.header");
  demand(!vote.length || (vote.length === 2 && isList([vote[0]], 20) && ["", "ff"].includes(hex(vote[1]))), "anchor.header");
  return { vanity, validators, vote, round: rlpInteger(round), seals };
}

// The block's hash with round 0, what its validators sealed with their own.
function headerHash(items, qbft, round) {
  if (!qbft) return keccak(formatRlp(items));
  const number = round ? fromHex(round.toString(16).padStart(2 * Math.ceil(round.toString(16).length / 2), "0")) : new Uint8Array();
  const extra = formatRlp([qbft.vanity, qbft.validators, qbft.vote, number, []]);
  return keccak(formatRlp(items.map((item, place) => (place === 12 ? extra : item))));
}

export function rootSlot(logId, size) {
  return keccak(join(word(size), keccak(join(logId, word(1)))));
}

function readAnchor(anchor) {
  try {
    const header = parseHeader(anchor.header);
    demand(header.time <= 253402300799n, "anchor.header");
    return header;
  } catch {
    return refuse("anchor.header");
  }
}

function readState(code, read) {
  try {
    return read();
  } catch (error) {
    return refuse(code, error.values);
  }
}

// What the contract held in the state of a block; the block itself is what a node must be asked about.
export async function verifyAnchor(anchor, origin, trust) {
  demand(!trust || trust.chainId === null || trust.chainId === anchor.chainId, "anchor.chain", { expected: trust?.chainId, found: anchor.chainId });
  await findEpoch(anchor, origin);
  if (trust?.contract) differs("anchor.contract", `0x${trust.contract}`, `0x${hex(anchor.contract)}`);
  const header = readAnchor(anchor);
  differs("anchor.block", `${anchor.block} 0x${hex(anchor.blockHash)}`, `${header.number} 0x${hex(header.hash)}`);
  const account = readState("anchor.account", () => parseRlp(trieValue(header.items[3], keccak(anchor.contract), anchor.accountProof), 1));
  demand(Array.isArray(account) && account.length === 4, "anchor.account");
  if (trust?.contract && trust.codeHash) differs("anchor.code", trust.codeHash, hex(account[3]));
  const held = readState("anchor.storage", () => parseRlp(trieValue(account[2], keccak(rootSlot(anchor.logId, anchor.size)), anchor.storageProof), 0));
  const claimed = hex(anchor.root).replace(/^(00)+/, "");
  demand(claimed, "anchor.root", { expected: hex(anchor.root), found: hex(held) });
  differs("anchor.root", claimed, hex(held));
  return { header, sealed: verifySeals(header, trust?.contract ? trust.validators : []) };
}

async function findEpoch(anchor, origin) {
  for (let epoch = 0; epoch < 64; epoch++) {
    if (same(await sha256(utf8(`${origin}\n${epoch}`)), anchor.logId)) return;
  }
  refuse("anchor.log", { expected: origin, found: `0x${hex(anchor.logId)}` });
}

function verifySeals(header, ranges) {
  const pinned = ranges.find(({ from, to }) => from <= header.number && (to === null || header.number <= to));
  if (!pinned) return 0;
  demand(header.qbft, "anchor.seal");
  const known = [...new Set(pinned.addresses)].sort();
  differs("anchor.validators", known.join(" "), [...new Set(header.qbft.validators.map(hex))].sort().join(" "));
  const digest = headerHash(header.items, header.qbft, header.qbft.round);
  const sealers = header.qbft.seals.map((seal) => sealer(digest, seal));
  demand(new Set(sealers).size === sealers.length && sealers.every((each) => known.includes(each)), "anchor.seal");
  demand(3 * sealers.length >= 2 * known.length, "anchor.seal");
  return sealers.length;
}
