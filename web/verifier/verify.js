// The page that checks a receipt: reads what the reader brings, and says in words what came of it.
// All words stand in the page itself, in its language; results are written as text, never as markup.
import { Refused, utf8 } from "./bytes.js";
import { askNode, checkReceipt } from "./receipt.js";
import { askLog } from "./extension.js";

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

  // A number or a time for people; everything else as it is.
  show(value, name = "") {
    const { lang } = this.root;
    if (typeof value === "bigint") return name === "chain" ? String(value) : new Intl.NumberFormat(lang).format(value);
    if (!["time", "signed", "at"].includes(name) || !value) return String(value ?? "–");
    return `${new Date(value).toLocaleString(lang, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" })} UTC`;
  }

  // Of a file opened and a text pasted the later counts.
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

  // `missing` is what to say when there is no receipt.
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

  // The log that the site keeps or the reader names, then the node that the reader picks.
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

  // One file with the receipt, the trust file and each result, for a registrar, an auditor, a court.
  save() {
    const { receipt, trust, report, time } = brought;
    const kept = { format: "jejak/evidence/1", time, verdict: report.verdict, steps: report.steps, unchecked: report.unchecked, receipt: base64(receipt), trust: trust && base64(trust) };
    const text = JSON.stringify(kept, (_, value) => (typeof value === "bigint" ? String(value) : value), 1);
    const href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    make("a", { href, download: `jejak-${report.about.index}.evidence.json` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60000);
  }

  // The receipt that the address names, from the same site.
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
