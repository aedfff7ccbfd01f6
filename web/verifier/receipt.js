// The checks of a receipt, in order, as docs/format.md has them; and the question to a node.
import { demand, differs, fromBase64, fromHex, hex, isText, refuse, Refused, sha256, utf8 } from "./bytes.js";
import { knowsEd25519, leafHash, verifyEd25519, verifyInclusion, verifyNote } from "./tree.js";
import { canonical, parseEntry, parseProof, parseReceipt, parseTrust } from "./reading.js";
import { parseKey, rootKeys, verifyPasskey } from "./signatures.js";
import { verifyWitnesses } from "./witnesses.js";
import { verifyAnchor } from "./anchor.js";

// `steps`: {check, state: "holds" | "fails" | "open", code, values}; `about`: what the receipt speaks of.
export async function checkReceipt(raw, rawTrust = null) {
  const audit = new Audit(parseReceipt(raw), rawTrust && (await parseTrust(rawTrust)));
  await audit.run();
  return audit.report();
}

// Seconds since 1970 as a time, where a calendar has one.
const moment = (seconds) => (seconds < 253402300800n ? new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z") : String(seconds));

class Audit {
  constructor(receipt, trust) {
    Object.assign(this, { receipt, trust, steps: [], entry: null, proof: null });
  }

  // Makes one check and notes what came of it; what `make` answers is kept with the result.
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

  // Whether a log is for practice, its name says, and the receipt of one says so too.
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

// ---- the block, according to a node that the reader has picked

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
