// The signing step of the console: the only script of Jejak that an officer's browser runs.
// It recomputes every digest from the bytes themselves and refuses where one differs.

const encode = (text) => new TextEncoder().encode(text);
const sha256 = (bytes) => crypto.subtle.digest("SHA-256", bytes);
const hex = (buffer) => Array.from(new Uint8Array(buffer), (each) => each.toString(16).padStart(2, "0")).join("");
const base64 = (buffer) => btoa(Array.from(new Uint8Array(buffer), (each) => String.fromCharCode(each)).join(""));
const urlSafe = (text) => text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const fromUrlSafe = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));

async function create(form) {
  const made = await navigator.credentials.create({
    publicKey: {
      rp: { id: form.dataset.rp, name: "Jejak" },
      user: { id: crypto.getRandomValues(new Uint8Array(32)), name: form.dataset.log, displayName: form.dataset.log },
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
    },
  });
  form.elements.public.value = base64(made.response.getPublicKey());
}

async function signIn(form) {
  await assert(form, await sha256(encode(`jejak/sign-in/1\n${form.dataset.log}\n${form.elements.challenge.value}`)));
}

// What is signed for one statement, if the body that the server hands out is the one it names.
async function signed(form, { statement, body }) {
  const answer = await fetch(body, { cache: "no-store" });
  const said = JSON.parse(statement);
  const same = answer.ok && hex(await sha256(await answer.arrayBuffer())) === said.body;
  if (!same || said.log !== form.dataset.log) throw new Error(form.dataset.differs);
  return encode(`jejak/statement/1\n${statement}`);
}

async function confirm(form, bytes) {
  const challenge = await sha256(bytes);
  if (hex(challenge) !== form.dataset.digest) throw new Error(form.dataset.differs);
  await assert(form, challenge);
}

async function sign(form) {
  await confirm(form, await signed(form, form.dataset));
}

// RFC 6962: leaves and nodes are hashed unlike each other, an odd last node goes up as it is.
const hashed = (prefix, ...parts) => new Blob([Uint8Array.of(prefix), ...parts]).arrayBuffer().then(sha256);

async function signBatch(form) {
  const records = [...document.querySelectorAll("tr[data-statement]")];
  let level = [];
  for (let at = 0; at < records.length; at += 8) {
    const some = records.slice(at, at + 8).map(async (each) => hashed(0, await signed(form, each.dataset)));
    level.push(...(await Promise.all(some)));
  }
  while (level.length > 1) {
    const pairs = level.filter((_, at) => at % 2 === 0).map((left, at) => [left, level[2 * at + 1]]);
    level = await Promise.all(pairs.map(([left, right]) => (right ? hashed(1, left, right) : left)));
  }
  await confirm(form, encode(`jejak/batch/1\n${records.length}\n${hex(level[0])}`));
}

async function assert(form, challenge) {
  const known = form.dataset.credential;
  const { rawId, response } = await navigator.credentials.get({
    publicKey: {
      challenge,
      rpId: form.dataset.rp,
      userVerification: "required",
      allowCredentials: known ? [{ type: "public-key", id: fromUrlSafe(known) }] : [],
    },
  });
  form.elements.credential.value = urlSafe(base64(rawId));
  form.elements.authenticator.value = base64(response.authenticatorData);
  form.elements.client.value = base64(response.clientDataJSON);
  form.elements.sig.value = base64(response.signature);
}

const steps = { create, "sign-in": signIn, sign, "sign-batch": signBatch };

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const told = form.querySelector("[role=alert]");
  const button = form.querySelector("button");
  button.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    told.hidden = true;
    button.disabled = true;
    try {
      if (!window.PublicKeyCredential) throw new Error(form.dataset.missing);
      await steps[form.dataset.passkey](form);
      form.submit();
    } catch (error) {
      told.textContent = error.name === "NotAllowedError" ? form.dataset.refused : error.message;
      told.hidden = false;
      button.disabled = false;
    }
  });
}
