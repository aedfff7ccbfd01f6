export class Refused extends Error {
constructor(code, values = {}) {
super(code);
Object.assign(this, { code, values });
}
}
export const refuse = (code, values) => {
throw new Refused(code, values);
};
export const demand = (condition, code, values) => condition || refuse(code, values);
export const hex = (bytes) => Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
export const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export const utf8 = (text) => new TextEncoder().encode(text);
export const same = (one, other) => hex(one) === hex(other);
export function join(...parts) {
const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
let at = 0;
for (const part of parts) {
whole.set(part, at);
at += part.length;
}
return whole;
}
export function fromBase64(text) {
let raw = null;
try {
raw = atob(text);
} catch {
}
demand(raw !== null && btoa(raw) === text, "base64");
return Uint8Array.from(raw, (each) => each.charCodeAt(0));
}
export const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
export const word = (number, size = 32) => fromHex(BigInt(number).toString(16).padStart(2 * size, "0"));
export const integer = (bytes) => BigInt(`0x0${hex(bytes)}`);
export const text8 = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
export const latin = (bytes) => String.fromCharCode(...bytes);
export const isText = (value) => typeof value === "string";
export const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
export const has = (value, names, more = []) =>
isObject(value) && names.every((name) => name in value) && Object.keys(value).every((name) => [...names, ...more].includes(name));
export const within = (value, limit) => typeof value === "bigint" && value >= 0n && value < limit;
export const isHash = (value) => isText(value) && /^[0-9a-f]{64}$/.test(value);
export const differs = (code, expected, found) => demand(expected === found, code, { expected, found });
export function keccak(bytes) {
const [rate, state] = [136, new Uint32Array(50)];
const padded = new Uint8Array((Math.floor(bytes.length / rate) + 1) * rate);
padded.set(bytes);
padded[bytes.length] ^= 0x01;
padded[padded.length - 1] ^= 0x80;
const words = new DataView(padded.buffer);
for (let at = 0; at < padded.length; at += rate) {
for (let word = 0; word < rate / 4; word++) state[word] ^= words.getUint32(at + 4 * word, true);
permute(state);
}
const digest = new DataView(new ArrayBuffer(32));
for (let word = 0; word < 8; word++) digest.setUint32(4 * word, state[word], true);
return new Uint8Array(digest.buffer);
}
function turned(low, high, by) {
if (by & 32) [low, high] = [high, low];
by &= 31;
return by ? [(low << by) | (high >>> (32 - by)), (high << by) | (low >>> (32 - by))] : [low, high];
}
function permute(lanes) {
const column = new Uint32Array(10);
for (let round = 0, noise = 1; round < 24; round++) {
column.fill(0);
for (let at = 0; at < 50; at++) column[at % 10] ^= lanes[at];
for (let x = 0; x < 5; x++) {
const next = 2 * ((x + 1) % 5);
const [low, high] = turned(column[next], column[next + 1], 1);
const before = 2 * ((x + 4) % 5);
for (let at = 2 * x; at < 50; at += 10) {
lanes[at] ^= low ^ column[before];
lanes[at + 1] ^= high ^ column[before + 1];
}
}
let [x, y, low, high] = [1, 0, lanes[2], lanes[3]];
for (let step = 1; step < 25; step++) {
[x, y] = [y, (2 * x + 3 * y) % 5];
const at = 2 * (x + 5 * y);
const [movedLow, movedHigh] = turned(low, high, ((step * (step + 1)) / 2) % 64);
[low, high, lanes[at], lanes[at + 1]] = [lanes[at], lanes[at + 1], movedLow, movedHigh];
}
for (let row = 0; row < 50; row += 10) {
const kept = lanes.slice(row, row + 10);
for (let at = 0; at < 10; at++) lanes[row + at] = kept[at] ^ (~kept[(at + 2) % 10] & kept[(at + 4) % 10]);
}
for (let bit = 0; bit < 7; bit++) {
noise = ((noise << 1) ^ ((noise >> 7) * 0x71)) & 255;
if (noise & 2) lanes[bit === 6 ? 1 : 0] ^= 1 << ((1 << bit) - 1);
}
}
}
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
const P = 2n ** 256n - 2n ** 32n - 977n;
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const G = [0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n, 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n];
const mod = (number, base = P) => ((number % base) + base) % base;
function inverse(number, base = P) {
let [low, high, one, other] = [mod(number, base), base, 1n, 0n];
while (low > 1n) {
const times = high / low;
[low, high, one, other] = [high - low * times, low, other - one * times, one];
}
return mod(one, base);
}
function plus(one, other) {
if (!one || !other) return one ?? other;
const [[x, y], [u, v]] = [one, other];
if (x === u && mod(y + v) === 0n) return null;
const slope = x === u ? mod(3n * x * x * inverse(2n * y)) : mod((v - y) * inverse(u - x));
const at = mod(slope * slope - x - u);
return [at, mod(slope * (x - at) - y)];
}
function times(point, factor) {
let sum = null;
for (; factor; factor >>= 1n, point = plus(point, point)) if (factor & 1n) sum = plus(sum, point);
return sum;
}
function power(number, exponent) {
let result = 1n;
for (; exponent; exponent >>= 1n, number = mod(number * number)) if (exponent & 1n) result = mod(result * number);
return result;
}
export function sealer(digest, seal) {
const [r, s, odd] = [integer(seal.slice(0, 32)), integer(seal.slice(32, 64)), seal[64]];
demand(r && s && r < N && s < N && odd < 2, "anchor.seal");
const square = mod(r ** 3n + 7n);
const root = power(square, (P + 1n) / 4n);
demand(mod(root * root) === square, "anchor.seal");
const point = [r, Number(root & 1n) === odd ? root : P - root];
const back = inverse(r, N);
const key = plus(times(point, mod(s * back, N)), times(G, mod(-integer(digest) * back, N))) ?? refuse("anchor.seal");
return hex(keccak(join(word(key[0], 32), word(key[1], 32))).slice(12));
}
export const leafHash = (leaf) => sha256(Uint8Array.of(0), leaf);
export const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);
function* climb(position, last, siblings, code) {
for (const sibling of siblings) {
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
}
demand(good, "signature");
}
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
const COSIGNATURE = 4;
async function parseCosigner(text) {
const found = await parseVkey(text, COSIGNATURE).catch(() => parseVkey(text));
const digest = await sha256(utf8(`${found.name}\n`), Uint8Array.of(COSIGNATURE), found.key);
return { ...found, id: hex(digest.slice(0, 4)) };
}
export async function parsePolicy(text) {
demand(text.length <= 65536, "policy");
const policy = { logs: [], witnesses: [], groups: [], quorum: null };
const [names, members] = [new Set(), new Set()];
const add = (name) => {
demand(!names.has(name) && name !== "none" && names.size < 256, "policy");
names.add(name);
};
const once = (key, list) => demand(!list.some((each) => same(each.key, key.key)), "policy");
const lines = {
log: async ([vkey, , ...more]) => {
demand(!more.length, "policy");
const key = await parseVkey(vkey);
once(key, policy.logs);
policy.logs.push(key);
},
witness: async ([name, vkey, , ...more]) => {
demand(!more.length, "policy");
const key = await parseCosigner(vkey);
once(key, policy.witnesses);
add(name);
policy.witnesses.push({ ...key, called: name });
},
group: ([name, asked, ...of]) => {
demand(of.length && of.every((each, place) => names.has(each) && !members.has(each) && of.indexOf(each) === place), "policy");
add(name);
of.forEach((each) => members.add(each));
const least = { all: of.length, any: 1 }[asked] ?? Number(/^[1-9]\d{0,2}$/.exec(asked)[0]);
demand(least <= of.length, "policy");
policy.groups.push({ name, least, of });
},
quorum: ([name, ...more]) => {
demand(!more.length && policy.quorum === null && (name === "none" || names.has(name)), "policy");
policy.quorum = name;
},
};
for (const line of text.split("\n")) {
const [first, ...words] = line.split("#")[0].replace(/^[ \t\r]+|[ \t\r]+$/g, "").split(/[ \t]+/);
if (!first && !words.length) continue;
demand(Object.hasOwn(lines, first), "policy");
await lines[first](words);
}
return policy.quorum === null ? refuse("policy") : policy;
}
export async function verifyWitnesses(note, policy) {
const signed = new Map();
for (const { name, id, signature } of note.lines) {
const known = policy.witnesses.find((each) => each.name === name && each.id === id);
if (!known) continue;
const seconds = integer(signature.slice(0, 8));
const text = utf8(`cosignature/v1\ntime ${seconds}\n${note.text}`);
demand(signature.length === 72 && seconds > 0n && seconds < 2n ** 63n, "witnesses.signature", { key: name });
await verifyEd25519(known.key, signature.slice(8), text).catch(() => refuse("witnesses.signature", { key: name }));
signed.set(known.called, seconds);
}
const missing = policy.witnesses.map((each) => each.called).filter((each) => !signed.has(each));
demand(isMet(policy, signed), "witnesses.missing", { expected: missing.join(", "), found: [...signed.keys()].join(", ") || "–" });
return signed;
}
function isMet({ groups, quorum }, signed) {
const good = new Set(signed.keys());
for (const { name, least, of } of groups) if (of.filter((each) => good.has(each)).length >= least) good.add(name);
return quorum === "none" || good.has(quorum);
}
export function readJson(bytes) {
const text = text8(bytes);
let at = 0;
const space = () => {
while (text[at] && " \t\n\r".includes(text[at])) at++;
};
const next = (sign) => {
space();
return text[at] === sign && Boolean(++at);
};
const string = () => {
let end = at;
do end = text.indexOf('"', end + 1);
while (end > 0 && /[^\\](\\\\)*\\$/.test(text.slice(Math.max(at, end - 200), end)));
demand(text[at] === '"' && end > 0, "json");
const value = JSON.parse(text.slice(at, end + 1));
at = end + 1;
return value;
};
const list = (close, read) => {
if (next(close)) return;
do read();
while (next(","));
demand(next(close), "json");
};
const value = (depth) => {
demand(depth <= 64, "json");
if (next("[")) {
const items = [];
list("]", () => items.push(value(depth + 1)));
return items;
}
if (next("{")) {
const members = Object.create(null);
list("}", () => {
space();
const name = string();
demand(!(name in members) && next(":"), "json");
members[name] = value(depth + 1);
});
return members;
}
if (text[at] === '"') return string();
const [token] = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/.exec(text.slice(at, at + 101)) ?? refuse("json");
at += token.length;
return /^-?\d+$/.test(token) ? BigInt(token) : JSON.parse(token);
};
const whole = value(1);
space();
demand(at === text.length, "json");
return whole;
}
function json(bytes, code) {
try {
return readJson(bytes);
} catch {
return refuse(code);
}
}
const part = (name, read) => {
try {
return read();
} catch {
return refuse("file.part", { part: name });
}
};
const sized = (bytes, limit) => (demand(bytes.length <= limit, "size"), bytes);
const NOTICE = "LATIHAN, bukan catatan resmi. TRAINING, not an official record.";
export function parseReceipt(raw) {
demand(raw.length <= 2 ** 24, "file.json");
const found = json(raw, "file.json");
const training = isObject(found) && "notice" in found;
const more = training ? ["notice"] : [];
demand(has(found, ["format", "index", "entry", "body", "proof", "anchor", ...more], ["keys"]), "file.members");
demand(found.format === `jejak/${training ? "training-" : ""}receipt/1`, "file.members");
demand(!training || found.notice === NOTICE, "file.members");
demand(within(found.index, 2n ** 63n), "file.part", { part: "index" });
const keys = found.keys ?? [];
demand(!("keys" in found && found.keys === null) && Array.isArray(keys) && keys.length <= 8, "file.part", { part: "keys" });
const proof = found.proof;
demand(isText(proof) && !/\p{Surrogate}/u.test(proof) && utf8(proof).length <= 131072, "file.part", { part: "proof" });
return {
training,
index: found.index,
entry: part("entry", () => sized(fromBase64(found.entry), 16384)),
body: found.body === null ? null : part("body", () => sized(fromBase64(found.body), 8388608)),
proof,
anchor: found.anchor === null ? null : part("anchor", () => parseAnchor(found.anchor)),
keys: part("keys", () => keys.map((each) => sized(fromBase64(each), 1024))),
};
}
const ANCHOR = { contract: 20, logId: 32, root: 32, transaction: 32, blockHash: 32 };
const NUMBERS = ["chainId", "size", "block"];
const STATE = ["header", "accountProof", "storageProof"];
function octets(text, limit) {
demand(isText(text) && text.length <= 2 + 2 * limit && /^0x(?:[0-9a-f]{2})*$/.test(text), "hex");
return fromHex(text.slice(2));
}
function parseAnchor(found) {
demand(has(found, [...Object.keys(ANCHOR), ...NUMBERS, ...STATE]), "members");
const anchor = { header: octets(found.header, 65536) };
for (const name of NUMBERS) anchor[name] = (demand(within(found[name], 2n ** 64n), "number"), found[name]);
for (const [name, size] of Object.entries(ANCHOR)) {
anchor[name] = octets(found[name], size);
demand(anchor[name].length === size, "size");
}
for (const name of ["accountProof", "storageProof"]) {
demand(Array.isArray(found[name]) && found[name].length <= 65, "list");
anchor[name] = found[name].map((node) => octets(node, 2048));
}
return anchor;
}
const TRUST = ["format", "origin", "logKeys", "entry0", "policy", "chainId", "genesis", "contract", "codeHash", "validators"];
export async function parseTrust(raw) {
try {
const found = readJson(sized(raw, 1048576));
demand(has(found, TRUST) && found.format === "jejak/trust/1", "members");
demand(isText(found.origin) && /^[\x21-\x2a\x2c-\x7e]{1,200}$/.test(found.origin), "origin");
demand(Array.isArray(found.logKeys) && found.logKeys.length > 0 && found.logKeys.length <= 64 && found.logKeys.every(isText), "keys");
demand(isHash(found.entry0) && (found.policy === null || isText(found.policy)), "entry0");
demand(found.chainId === null || within(found.chainId, 2n ** 63n), "chain");
const optional = (name, size) => (found[name] === null ? null : address(found[name], size));
return {
origin: found.origin,
logKeys: await Promise.all(found.logKeys.map((each) => parseVkey(each))),
entry0: found.entry0,
policy: found.policy === null ? null : await parsePolicy(found.policy),
chainId: found.chainId,
genesis: optional("genesis", 32),
contract: optional("contract", 20),
codeHash: optional("codeHash", 32),
validators: found.validators.map(parseRange),
};
} catch {
return refuse("trust.form");
}
}
function address(text, size) {
demand(isText(text) && new RegExp(`^0x[0-9a-f]{${2 * size}}$`, "i").test(text) && text[1] === "x", "hex");
return text.slice(2).toLowerCase();
}
function parseRange(found) {
demand(has(found, ["from", "to", "addresses"]) && within(found.from, 2n ** 63n), "range");
demand(found.to === null || (within(found.to, 2n ** 63n) && found.to >= found.from), "range");
demand(found.addresses.length > 0, "range");
return { from: found.from, to: found.to, addresses: found.addresses.map((each) => address(each, 20)) };
}
const STATEMENT = ["body", "kind", "log", "org", "subject", "time", "v"];
const ASSERTION = ["authenticator", "client"];
const SIGNATURE = { ed25519: [], "webauthn-es256": ASSERTION, "webauthn-es256-batch": [...ASSERTION, "index", "path", "size"] };
export const canonical = (value) => {
if (Array.isArray(value)) return `[${value.map(canonical)}]`;
if (!isObject(value)) return JSON.stringify(value);
return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)}}`;
};
function checkTime(text) {
demand(isText(text) && /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/.test(text) && !text.startsWith("0000"), "time");
demand(new Date(text).toISOString() === text.replace("Z", ".000Z"), "time");
}
export function parseEntry(raw) {
try {
const found = readJson(raw);
demand(has(found, ["at", "prev", "signatures", "statement"]) && has(found.statement, STATEMENT, ["replaces"]), "members");
const { signatures, statement } = found;
demand(statement.v === "jejak/1" && [statement.kind, statement.log, statement.org, statement.subject].every((name) => isText(name) && /^[\x21-\x7e]{1,200}$/.test(name)), "names");
demand([found.prev, statement.body, statement.replaces ?? statement.body].every(isHash), "hash");
[found.at, statement.time].forEach(checkTime);
demand(Array.isArray(signatures) && signatures.length > 0 && signatures.length <= 8, "signatures");
signatures.forEach(checkSignature);
demand(signatures.every((each, place) => !place || signatures[place - 1].key < each.key), "order");
demand(/^[\x20-\x7e]*$/.test(latin(raw)) && canonical(found) === latin(raw), "canonical");
return found;
} catch (error) {
return refuse(error.code === "form.alg" ? "form.alg" : "form.entry", error.values);
}
}
function checkSignature(found) {
demand(isText(found.alg) && Object.hasOwn(SIGNATURE, found.alg), "form.alg", { alg: found.alg });
demand(has(found, ["alg", "key", "sig", ...SIGNATURE[found.alg]]) && isHash(found.key), "signature");
["sig", ...SIGNATURE[found.alg]].filter((name) => ["sig", ...ASSERTION].includes(name)).forEach((name) => fromBase64(found[name]));
if (!found.alg.endsWith("-batch")) return;
const [index, size] = [found.index, found.size].map((text) => (demand(isText(text), "batch"), Number(/^(?:0|[1-9]\d{0,3})$/.exec(text)[0])));
demand(size >= 2 && size <= 1024 && index < size && Array.isArray(found.path) && found.path.length <= 10, "batch");
demand(found.path.every((each) => fromBase64(each).length === 32), "batch");
}
export function parseProof(text) {
try {
const at = text.indexOf("\n\n");
const [head, ...lines] = text.slice(0, at).split("\n");
demand(at > 0 && head === "c2sp.org/tlog-proof@v1", "head");
if (lines[0]?.startsWith("extra ")) fromBase64(lines.shift().slice(6));
const [, index] = /^index (0|[1-9]\d{0,18})$/.exec(lines.shift());
const hashes = lines.map(fromBase64);
demand(hashes.length <= 63 && hashes.every((each) => each.length === 32), "hashes");
const note = parseNote(text.slice(at + 2));
return { index: BigInt(index), hashes, note, ...parseCheckpoint(note.text) };
} catch {
return refuse("inclusion.form");
}
}
export function parseCheckpoint(text) {
const [, origin, size, root] = /^([^\n]+)\n(0|[1-9]\d{0,18})\n([^\n]*)\n$/.exec(text);
demand(BigInt(size) < 2n ** 63n && fromBase64(root).length === 32, "checkpoint");
return { origin, size: BigInt(size), root: fromBase64(root) };
}
const ED25519 = "302a300506032b6570032100";
const P256 = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
const SMALL = [
"00".repeat(32), `01${"00".repeat(31)}`, `ec${"ff".repeat(30)}7f`,
"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
];
export async function parseKey(der) {
const written = hex(der);
const id = hex(await sha256(der));
if (written.startsWith(ED25519) && der.length === 44) {
const y = der.slice(12);
y[31] &= 127;
const beyond = y[0] >= 0xed && y[31] === 127 && y.slice(1, 31).every((each) => each === 255);
demand(!beyond && !SMALL.includes(hex(y)), "form.key");
return { id, alg: "ed25519", raw: der.slice(12) };
}
demand(written.startsWith(P256) && der.length === 91, "form.key");
const loaded = await crypto.subtle
.importKey("raw", der.slice(26), { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"])
.catch(() => refuse("form.key"));
return { id, alg: "webauthn-es256", loaded };
}
function derNumbers(sig) {
let at = 2;
demand(sig[0] === 0x30 && sig[1] === sig.length - 2, "der");
const numbers = [0, 1].map(() => {
const length = sig[at + 1];
const digits = sig.slice(at + 2, at + 2 + length);
demand(sig[at] === 2 && length > 0 && digits.length === length && digits[0] < 128, "der");
demand(digits[0] || digits.length === 1 || digits[1] > 127, "der");
at += 2 + length;
const number = digits[0] ? digits : digits.slice(1);
demand(number.length <= 32, "der");
return join(new Uint8Array(32 - number.length), number);
});
demand(at === sig.length, "der");
return join(...numbers);
}
const urlSafe = (bytes) => btoa(latin(bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
async function challenged(signed, { index, path, size }) {
if (!path) return signed;
try {
const root = await foldInclusion(BigInt(index), BigInt(size), await leafHash(signed), path.map(fromBase64));
return utf8(`jejak/batch/1\n${size}\n${hex(root)}`);
} catch {
return refuse("signature.batch");
}
}
export async function verifyPasskey(signed, signature, key) {
const [authenticator, client] = [fromBase64(signature.authenticator), fromBase64(signature.client)];
const challenge = urlSafe(await sha256(await challenged(signed, signature)));
const begin = `{"type":"webauthn.get","challenge":"${challenge}","origin":"`;
const told = latin(client);
demand(told.startsWith(begin), "signature.challenge");
const origin = told.slice(begin.length, told.indexOf('"', begin.length));
demand(!key.origin || told.startsWith(`${begin}${key.origin}"`), "signature.site", { expected: key.origin, found: origin });
await checkParty(authenticator, key.rpId ? [key.rpId] : domains(origin), origin);
demand((authenticator[32] & 5) === 5, "signature.presence");
let good = false;
try {
const numbers = derNumbers(fromBase64(signature.sig));
good = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key.loaded, numbers, join(authenticator, await sha256(client)));
} catch {
}
demand(good, "signature");
return { site: origin, together: signature.path && BigInt(signature.size) - 1n };
}
function domains(origin) {
const labels = (/^https?:\/\/([a-z0-9.-]+)(:\d{1,5})?$/.exec(origin)?.[1] ?? "").split(".");
return labels.map((_, place) => labels.slice(place).join("."));
}
async function checkParty(authenticator, names, origin) {
const hashes = await Promise.all(names.map(async (name) => hex(await sha256(utf8(name)))));
const found = hex(authenticator.slice(0, 32));
demand(authenticator.length > 36 && hashes.includes(found), "signature.site", { expected: origin, found });
}
export async function rootKeys(entry, body) {
if (entry.statement.kind !== "registry/root" || !body || hex(await sha256(body)) !== entry.statement.body) return [];
try {
const { keys, threshold, salt, predecessor } = readJson(body);
demand(within(threshold, 5n) && threshold > 0n && threshold <= keys.length && isText(salt) && /^[0-9a-f]{32}$/.test(salt), "root");
demand(!predecessor || (isText(predecessor.origin) && isText(predecessor.root) && within(predecessor.size, 2n ** 63n)), "root");
demand(new Set(keys.map((each) => each.key)).size === keys.length, "root");
return await Promise.all(keys.map(rootKey));
} catch {
return refuse("body.root");
}
}
async function rootKey({ key, alg, public: encoded, rpId, origin }) {
const parsed = await parseKey(fromBase64(encoded));
demand(parsed.id === key && parsed.alg === alg && (alg === "ed25519" || (isText(rpId) && isText(origin))), "root");
return { ...parsed, rpId, origin };
}
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
export async function checkReceipt(raw, rawTrust = null) {
const audit = new Audit(parseReceipt(raw), rawTrust && (await parseTrust(rawTrust)));
await audit.run();
return audit.report();
}
const moment = (seconds) => (seconds < 253402300800n ? new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z") : String(seconds));
class Audit {
constructor(receipt, trust) {
Object.assign(this, { receipt, trust, steps: [], entry: null, proof: null });
}
async step(check, code, make) {
try {
const values = (await make()) ?? {};
this.steps.push({ check, state: "holds", code, values });
} catch (error) {
if (!(error instanceof Refused)) throw error;
this.fail(check, error.code, error.values);
}
}
fail(check, code, values = {}) {
this.steps.push({ check, state: "fails", code, values });
}
open(check, code, values = {}) {
this.steps.push({ check, state: "open", code, values });
}
async run() {
const { receipt } = this;
this.able = await knowsEd25519();
this.hash = hex(await leafHash(receipt.entry));
await this.step("form", "form.holds", () => this.form());
const keys = await this.keys();
if (this.entry) {
await this.body();
await this.signatures(keys);
}
await this.step("inclusion", "inclusion.holds", () => this.inclusion());
if (this.proof) {
await this.checkpoint();
await this.witnesses();
}
await this.anchor();
}
form() {
const { receipt } = this;
this.entry = parseEntry(receipt.entry);
const { log } = this.entry.statement;
demand(receipt.training === log.startsWith("training."), "form.training", { log });
}
async keys() {
const found = new Map();
for (const der of this.entry ? this.receipt.keys : []) {
try {
const key = await parseKey(der);
found.set(key.id, key);
} catch {
this.fail("form", "form.key", { key: hex(await sha256(der)) });
}
}
return found;
}
async body() {
const { body } = this.receipt;
const expected = this.entry.statement.body;
if (!body) return this.open("body", "body.open");
return this.step("body", "body.holds", async () => {
differs("body.differs", expected, hex(await sha256(body)));
return { hash: expected };
});
}
async signatures(known) {
const signed = utf8(`jejak/statement/1\n${canonical(this.entry.statement)}`);
try {
for (const key of await rootKeys(this.entry, this.receipt.body)) known.set(key.id, key);
} catch (error) {
this.fail("body", error.code);
}
for (const signature of this.entry.signatures) await this.signature(signed, signature, known.get(signature.key));
}
async signature(signed, signature, key) {
const values = { key: signature.key };
if (!key) return this.open("signatures", "signature.open", values);
if (key.alg === "ed25519" && signature.alg === key.alg && !this.able) return this.open("signatures", "signature.browser", values);
const code = key.alg === "ed25519" ? "signature.holds" : signature.path ? "signature.together" : "signature.passkey";
return this.step("signatures", code, async () => {
try {
demand(signature.alg.replace(/-batch$/, "") === key.alg, "signature");
if (key.alg !== "ed25519") return { ...values, ...(await verifyPasskey(signed, signature, key)) };
await verifyEd25519(key.raw, fromBase64(signature.sig), signed);
return values;
} catch (error) {
return refuse(error.code === "signature" ? "signature.fails" : error.code, { ...values, ...error.values });
}
});
}
async inclusion() {
const { receipt, trust } = this;
const proof = parseProof(receipt.proof);
this.proof = proof;
demand(proof.index === receipt.index, "inclusion.index", { expected: receipt.index, found: proof.index });
await verifyInclusion(receipt.index, proof.size, fromHex(this.hash), proof.hashes, proof.root);
if (receipt.index === 0n && trust) differs("inclusion.entry0", trust.entry0, this.hash);
return { index: receipt.index, size: proof.size, leaf: this.hash, root: hex(proof.root) };
}
async checkpoint() {
const { proof, trust, entry } = this;
if (entry && entry.statement.log !== proof.origin) {
this.fail("checkpoint", "checkpoint.log", { expected: entry.statement.log, found: proof.origin });
}
if (!trust) return this.open("checkpoint", "checkpoint.open", { origin: proof.origin });
if (!this.able) return this.open("checkpoint", "checkpoint.browser");
return this.step("checkpoint", "checkpoint.holds", async () => {
await verifyNote(proof.note, trust.logKeys);
differs("checkpoint.origin", trust.origin, proof.origin);
return { origin: proof.origin, size: proof.size };
});
}
async witnesses() {
const { proof, trust } = this;
if (!trust?.policy) return;
if (!this.able) return this.open("witnesses", "checkpoint.browser");
return this.step("witnesses", trust.policy.quorum === "none" ? "witnesses.none" : "witnesses.holds", async () => {
const signed = await verifyWitnesses(proof.note, trust.policy);
return { witnesses: [...signed].map(([name, seconds]) => `${name} (${moment(seconds)})`).join(", ") || "–" };
});
}
async anchor() {
const { receipt: { anchor }, proof, trust } = this;
if (!anchor) return this.open("anchor", "anchor.open");
return this.step("anchor", trust?.contract ? "anchor.holds" : "anchor.self", async () => {
const { header, sealed } = await verifyAnchor(anchor, trust ? trust.origin : (proof?.origin ?? ""), trust);
differs("anchor.size", proof && `${proof.size} ${hex(proof.root)}`, `${anchor.size} ${hex(anchor.root)}`);
this.block = { block: anchor.block, time: moment(header.time), blockHash: `0x${hex(anchor.blockHash)}`, chain: anchor.chainId, contract: `0x${hex(anchor.contract)}`, sealed: sealed || null };
return this.block;
});
}
report() {
const { entry, proof, trust, receipt, steps, block } = this;
const checked = (check) => steps.some((each) => each.check === check && each.state === "holds");
const founding = trust && this.hash === trust.entry0 && entry?.statement.kind === "registry/root";
const verdict = steps.some((each) => each.state === "fails") ? "fails"
: !this.able || (trust && !checked("signatures")) ? "partial" : trust ? "holds" : "consistent";
const unchecked = [
...(founding ? [] : ["authority"]),
...(block && !(trust?.contract) ? ["contract"] : []),
...(block && trust?.contract && !trust.codeHash ? ["code"] : []),
...(block && !block.sealed ? ["sealed"] : []),
...(trust && !trust.policy ? ["witnesses"] : []),
"others", "truth",
];
const about = { index: receipt.index, origin: proof?.origin, at: entry?.at, ...entry?.statement };
const training = receipt.training || Boolean(entry?.statement.log.startsWith("training."));
return { verdict, steps, unchecked, about, training, body: receipt.body, anchor: receipt.anchor, proof, trust };
}
}
export async function askNode(node, anchor, genesis = null) {
const tell = (state, code, values = {}) => ({ check: "node", state, code, values: { node, block: anchor.block, ...values } });
const ask = async (method, ...params) => {
const answer = await fetch(node, {
method: "POST",
headers: { "Content-Type": "application/json" },
body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
credentials: "omit",
cache: "no-store",
signal: AbortSignal.timeout(20000),
});
return (await answer.json()).result;
};
try {
const chain = BigInt(await ask("eth_chainId"));
if (chain !== anchor.chainId) return tell("open", "node.chain", { expected: anchor.chainId, found: chain });
const first = genesis && (await ask("eth_getBlockByNumber", "0x0", false));
if (first && first.hash !== `0x${genesis}`) return tell("open", "node.chain", { expected: `0x${genesis}`, found: first.hash });
const block = await ask("eth_getBlockByNumber", `0x${anchor.block.toString(16)}`, false);
const [expected, found] = [`0x${hex(anchor.blockHash)}`, block?.hash];
if (!isText(found)) return tell("open", "node.missing");
return found === expected ? tell("holds", "node.holds", { blockHash: found }) : tell("fails", "node.differs", { expected, found });
} catch {
return tell("open", "node.silent");
}
}
const HASH = 32;
const bits = (number) => BigInt(number.toString(2).length);
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
const LIMIT = 2 ** 24;
const TAGS = { holds: "good", fails: "bad", open: "warn" };
const brought = { receipt: null, trust: null, report: null, time: "" };
function make(name, attributes, ...children) {
const element = document.createElement(name);
for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
element.append(...children);
return element;
}
function base64(bytes) {
let raw = "";
for (let at = 0; at < bytes.length; at += 8192) raw += String.fromCharCode(...bytes.subarray(at, at + 8192));
return btoa(raw);
}
class Verifier {
constructor(root) {
this.root = root;
this.form = root.querySelector("form");
this.result = root.querySelector("[data-result]");
this.words = new Map(Array.from(root.querySelector("template").content.children, (each) => [each.dataset.code, each.textContent]));
this.form.hidden = false;
this.form.addEventListener("submit", (event) => {
event.preventDefault();
void this.check().then(() => this.result.focus());
});
this.form.addEventListener("input", ({ target }) => this.prefer(target));
}
say(code, values = {}) {
return this.words.get(code).replace(/\{(\w+)\}/g, (_, name) => this.show(values[name], name));
}
show(value, name = "") {
const { lang } = this.root;
if (typeof value === "bigint") return name === "chain" ? String(value) : new Intl.NumberFormat(lang).format(value);
if (!["time", "signed", "at"].includes(name) || !value) return String(value ?? "–");
return `${new Date(value).toLocaleString(lang, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" })} UTC`;
}
prefer({ name, value }) {
const other = name.endsWith("Text") ? name.slice(0, -4) : `${name}Text`;
if (value && this.form.elements[other]) this.form.elements[other].value = "";
}
async read(name) {
const [file] = this.form.elements[name].files;
const text = this.form.elements[`${name}Text`].value.trim();
if (text) brought[name] = utf8(text);
if (!file) return;
if (file.size > LIMIT) throw new Refused("file.json");
brought[name] = new Uint8Array(await file.arrayBuffer());
}
async check(missing = "file.none") {
this.result.setAttribute("aria-busy", "true");
try {
if (!globalThis.crypto?.subtle) throw new Refused("nocrypto");
await this.read("receipt");
await this.read("trust");
if (!brought.receipt) throw new Refused(missing);
brought.report = await checkReceipt(brought.receipt, brought.trust);
await this.ask(brought.report);
} catch (error) {
if (!(error instanceof Refused)) throw error;
brought.report = { verdict: "unreadable", steps: [], unchecked: [], refusal: error };
} finally {
brought.time = new Date().toISOString();
this.result.removeAttribute("aria-busy");
}
this.tell();
}
async ask(report) {
const value = (name) => this.form.elements[name]?.value.trim();
const tree = this.root.dataset.log ?? value("log");
if (report.proof && tree) {
const address = new URL(tree, location.href).href.replace(/\/*$/, "/");
report.steps.push(await askLog(address, report.proof, report.trust));
}
if (report.anchor) report.steps.push(await this.askBlock(report, value("node")));
if (report.steps.some(({ state }) => state === "fails")) report.verdict = "fails";
}
askBlock({ anchor, trust }, node) {
if (node) return askNode(node, anchor, trust?.genesis);
return { check: "node", state: "open", code: "node.none", values: { block: anchor.block } };
}
tell() {
const { report } = brought;
const { verdict, refusal } = report;
const tone = { fails: " bad", unreadable: " bad", holds: " plain" }[verdict] ?? "";
const said = refusal ? this.say(refusal.code, refusal.values) : this.say(`means.${verdict}`);
const wrong = report.steps.filter(({ state }) => state === "fails").map(({ code, values }) => make("li", {}, make("strong", {}, this.say(code, values))));
const head = make("div", { class: `remark${tone}` }, make("h2", {}, this.say(`verdict.${verdict}`)), ...(wrong.length ? [make("ul", {}, ...wrong)] : []), make("p", {}, said));
this.result.replaceChildren(...(report.training ? [make("p", { class: "remark bad" }, make("strong", {}, this.say("training")))] : []), head);
if (refusal) return;
const steps = make("ol", { class: "checks" }, ...report.steps.map((step) => this.step(step)));
const unchecked = make("ul", {}, ...report.unchecked.map((code) => make("li", {}, this.say(`unchecked.${code}`))));
this.result.append(
this.about(report), make("h3", {}, this.say("heading.steps")), steps, make("h3", {}, this.say("heading.unchecked")), unchecked, this.evidence(),
);
}
facts(values) {
const shown = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
return make("dl", { class: "facts" }, ...shown.flatMap(([name, value]) => [make("dt", {}, this.say(`label.${name}`)), make("dd", { class: /^[\w+/=. -]{33,}$/.test(value) ? "mono" : "" }, this.show(value, name))]));
}
about({ about, body }) {
const { index, origin, kind, org, subject, time, at } = about;
const card = make("div", { class: "card" }, make("h3", {}, this.say("heading.about")), this.facts({ index, log: origin, kind: this.words.get(`kind.${kind}`) ?? kind, org, subject, signed: time, at }));
if (body) card.append(make("details", {}, make("summary", {}, this.say("heading.body")), make("pre", { tabindex: "0" }, new TextDecoder().decode(body.subarray(0, 65536)))));
return card;
}
step({ check, state, code, values }) {
const alone = code.endsWith(".self");
const tag = make("span", { class: `tag ${alone ? "warn" : TAGS[state]}` }, this.say(`state.${alone ? "self" : state}`));
const item = make("li", { "data-check": check, "data-state": state }, make("p", {}, tag, " ", this.say(code, values)));
if (state === "fails") item.append(this.facts(values));
else if (Object.keys(values).length) item.append(make("details", {}, make("summary", {}, this.say("heading.evidence")), this.facts(values)));
return item;
}
evidence() {
const button = make("button", { type: "button", class: "quiet" }, this.say("save"));
button.addEventListener("click", () => this.save());
return make("div", { class: "actions" }, button, make("p", { class: "small soft" }, this.say("whom")));
}
save() {
const { receipt, trust, report, time } = brought;
const kept = { format: "jejak/evidence/1", time, verdict: report.verdict, steps: report.steps, unchecked: report.unchecked, receipt: base64(receipt), trust: trust && base64(trust) };
const text = JSON.stringify(kept, (_, value) => (typeof value === "bigint" ? String(value) : value), 1);
const href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
make("a", { href, download: `jejak-${report.about.index}.evidence.json` }).click();
setTimeout(() => URL.revokeObjectURL(href), 60000);
}
async open(address) {
const answer = await fetch(address, { cache: "no-store" });
if (answer.ok) brought.receipt = new Uint8Array(await answer.arrayBuffer());
await this.check(answer.ok ? "file.none" : "file.missing");
}
}
const verifiers = Array.from(document.querySelectorAll("[data-verifier]"), (root) => new Verifier(root));
for (const { root } of verifiers) if (root.dataset.receipt) verifiers[0].open(root.dataset.receipt);
for (const button of document.querySelectorAll("button[data-tongue]")) {
button.addEventListener("click", () => {
document.documentElement.lang = button.dataset.tongue;
for (const verifier of verifiers) {
const shown = verifier.root.lang === button.dataset.tongue;
verifier.root.closest("section").hidden = !shown;
if (brought.report && shown) verifier.tell();
}
for (const each of document.querySelectorAll("button[data-tongue]")) each.setAttribute("aria-pressed", String(each === button));
});
}
