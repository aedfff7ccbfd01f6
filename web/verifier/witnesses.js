// Witnesses: the policy of a trust file (C2SP tlog-policy), and their cosignatures with Ed25519.
import { demand, hex, integer, refuse, same, sha256, utf8 } from "./bytes.js";
import { parseVkey, verifyEd25519 } from "./tree.js";

const COSIGNATURE = 4;

// A witness's key by either of its types; its id is always that of a cosigner's.
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

// Who of the policy's witnesses signed, and when the newest did; a failing line of one refuses.
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
