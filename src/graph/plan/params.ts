/** The parameters of a program's launches: one uniform buffer, written once. */
import { WgraftError } from "../../errors.js";
import type { Launch } from "../../kernels/op.js";

/** Where a uniform binding may begin on every adapter. */
const ALIGNMENT = 256;

export interface ParamsPlan {
  /** The whole buffer; empty where no launch has parameters. */
  readonly words: Uint32Array;
  /** Bytes from the buffer's beginning, of each launch that has parameters. */
  readonly offsets: ReadonlyMap<Launch, number>;
}

/** Lays the parameters out; launches with the same ones share them. */
export function planParams(launches: readonly Launch[]): ParamsPlan {
  const offsets = new Map<Launch, number>();
  const known = new Map<string, number>();
  const blocks: number[][] = [];
  for (const launch of launches) {
    const values = valuesOf(launch);
    if (!values) continue;
    const key = values.join();
    const offset = known.get(key) ?? (blocks.push(values) - 1) * ALIGNMENT;
    known.set(key, offset);
    offsets.set(launch, offset);
  }
  const words = new Uint32Array((blocks.length * ALIGNMENT) / 4);
  blocks.forEach((values, i) => {
    words.set(values, (i * ALIGNMENT) / 4);
  });
  return { words, offsets };
}

/** In the order of the kernel's declaration. */
function valuesOf({ kernel, params = {} }: Launch): number[] | undefined {
  return kernel.params?.map((name) => {
    const value = params[name];
    if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) return value;
    throw new WgraftError("internal", `kernel ${kernel.name}: parameter ${name} is ${value}`);
  });
}
