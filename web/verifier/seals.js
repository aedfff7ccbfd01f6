// Who sealed a QBFT header: the address behind a signature on secp256k1 (SEC 1, 4.1.6).
import { demand, hex, integer, join, refuse, word } from "./bytes.js";
import { keccak } from "./keccak.js";

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
