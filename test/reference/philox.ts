/**
 * Philox4x32-10 with 64-bit products by BigInt, after Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy
 * as 1, 2, 3" (SC 2011).
 */
export function philox4x32(counter: readonly number[], key: readonly number[]): number[] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * BigInt(c0);
    const p1 = 0xcd9e8d57n * BigInt(c2);
    const high = (p: bigint) => Number(p >> 32n);
    const low = (p: bigint) => Number(p & 0xffffffffn);
    [c0, c1, c2, c3] = [(high(p1) ^ c1 ^ k0) >>> 0, low(p1), (high(p0) ^ c3 ^ k1) >>> 0, low(p0)];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** The factor of each of `elements` elements: 0, or 1 / (1 - rate). */
export function dropoutMask(
  elements: number,
  step: number,
  { rate, seed, node }: { rate: number; seed: number; node: number },
): Float64Array {
  const key = [seed % 2 ** 32, Math.floor(seed / 2 ** 32)];
  return Float64Array.from({ length: elements }, (_, i) => {
    const word = philox4x32([Math.floor(i / 4), step, node, 0], key)[i % 4];
    return word >= Math.round(rate * 2 ** 32) ? 1 / (1 - rate) : 0;
  });
}
