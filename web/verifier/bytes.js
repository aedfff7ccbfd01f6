// Bytes, their spellings and their shapes; and how a check refuses: with a code and the values that differ.

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
    // Told below, with what is no base64 of ours.
  }
  demand(raw !== null && btoa(raw) === text, "base64");
  return Uint8Array.from(raw, (each) => each.charCodeAt(0));
}

export const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));

// A whole number and its big-endian bytes.
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
