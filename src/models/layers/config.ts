/** Small pieces of Keras's layer configs, read and written. */
import { WgraftError } from "../../errors.js";
import type { InitializerConfig } from "../initializers.js";

export type Pair = [number, number];
export type Padding = "same" | "valid";

/** The form of an initializer that every Keras version reads. */
export function initializerJson({ className, config }: InitializerConfig): Record<string, unknown> {
  const seeded = className === "Zeros" || className === "Ones" ? {} : { seed: null };
  return { class_name: className, config: { ...seeded, ...config } };
}

/** `3` or `[3, 5]` → `[3, 5]`. @throws WgraftError `usage` for anything else */
export function pair(value: number | readonly number[] | undefined, fallback: Pair, what: string): Pair {
  if (value === undefined) return fallback;
  const [h, w] = typeof value === "number" ? [value, value] : value;
  if (![h, w].every((n) => Number.isInteger(n) && n > 0)) {
    throw new WgraftError(
      "usage",
      `${what}: expected a positive whole number or a pair, got ${JSON.stringify(value)}`,
    );
  }
  return [h, w];
}

export function parsePadding(value: unknown, layer: string): Padding {
  const padding = value ?? "valid";
  if (padding === "same" || padding === "valid") return padding;
  throw new WgraftError(
    "not-supported",
    `layer ${layer}: padding ${JSON.stringify(padding)}; known: same, valid`,
  );
}
