// Keys, passkeys, and the registrars' keys that a founding act brings.
import { demand, fromBase64, hex, isText, join, latin, refuse, sha256, utf8, within } from "./bytes.js";
import { foldInclusion, leafHash } from "./tree.js";
import { readJson } from "./reading.js";

const ED25519 = "302a300506032b6570032100";
const P256 = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
// The y of the points whose order divides 8, and the bytes of p: RFC 8032 numbers are little-endian.
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

// The two numbers of a strict DER signature, as WebCrypto wants them.
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

// What the passkey signed: one statement, or the root of the tree of a batch that this one is in.
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
    // Not the DER of a signature: it signs nothing.
  }
  demand(good, "signature");
  return { site: origin, together: signature.path && BigInt(signature.size) - 1n };
}

// The host of an origin and the domains above it: one of them is the relying party.
function domains(origin) {
  const labels = (/^https?:\/\/([a-z0-9.-]+)(:\d{1,5})?$/.exec(origin)?.[1] ?? "").split(".");
  return labels.map((_, place) => labels.slice(place).join("."));
}

async function checkParty(authenticator, names, origin) {
  const hashes = await Promise.all(names.map(async (name) => hex(await sha256(utf8(name)))));
  const found = hex(authenticator.slice(0, 32));
  demand(authenticator.length > 36 && hashes.includes(found), "signature.site", { expected: origin, found });
}

// The registrars' keys, when the body of the entry is itself the founding act.
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
