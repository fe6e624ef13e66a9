/** Normal numbers of the counter-based generator, by the method of Box and Muller. */
import { philox4x32 } from "./philox.js";

export function randomNormal(
  elements: number,
  step: number,
  { mean, deviation, seed, node }: { mean: number; deviation: number; seed: number; node: number },
): Float64Array {
  const key = [seed % 2 ** 32, Math.floor(seed / 2 ** 32)];
  const uniform = (word: number) => (Math.floor(word / 256) + 1) / 2 ** 24;
  return Float64Array.from({ length: elements }, (_, i) => {
    const words = philox4x32([Math.floor(i / 4), step, node, 0], key);
    const [first, second] = i % 4 < 2 ? words : words.slice(2);
    const radius = Math.sqrt(-2 * Math.log(uniform(first)));
    const angle = 2 * Math.PI * uniform(second);
    return mean + deviation * radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
  });
}
