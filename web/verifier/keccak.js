// Keccak-256, the hash of Ethereum; 64-bit lanes as halves, the low one first.

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
