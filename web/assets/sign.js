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

async function sign(form) {
  const { statement, body, digest } = form.dataset;
  const answer = await fetch(body, { cache: "no-store" });
  if (!answer.ok) throw new Error(form.dataset.differs);
  const said = JSON.parse(statement);
  const challenge = await sha256(encode(`jejak/statement/1\n${statement}`));
  const same = hex(await sha256(await answer.arrayBuffer())) === said.body;
  if (!same || said.log !== form.dataset.log || hex(challenge) !== digest) throw new Error(form.dataset.differs);
  await assert(form, challenge);
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

const steps = { create, "sign-in": signIn, sign };

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
