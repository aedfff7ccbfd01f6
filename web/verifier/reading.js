// What is read, out of form or not: the receipt, the trust file, the entry and its proof.
import { demand, fromBase64, fromHex, has, hex, isHash, isObject, isText, latin, refuse, text8, utf8, within } from "./bytes.js";
import { parseNote, parseVkey } from "./tree.js";
import { parsePolicy } from "./witnesses.js";

// ---- JSON, stricter than the browser's: no member twice, whole numbers exact, 64 levels at most

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

// ---- the receipt and the trust file

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

// ---- the entry: envelope JSON, RFC 8785 on printable ASCII

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

// ---- the proof of inclusion, the checkpoint, the anchor

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
