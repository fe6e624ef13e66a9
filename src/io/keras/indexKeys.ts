/** What a tensor is indexed by, x[..., ::-1], in files. */
import { z } from "zod";

export interface SliceKey {
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number | null;
}

/** One place, a range of them, all the axes between, or a new axis. */
export type KeyItem = number | SliceKey | "..." | null;

const bound = z.number().int().nullable();
const bounds = z.object({ start: bound, stop: bound, step: bound });
const ellipsis = z.looseObject({ class_name: z.literal("__ellipsis__") });
const tuple = z.looseObject({ class_name: z.literal("__tuple__"), items: z.array(z.unknown()) });
const slice = z.looseObject({ class_name: z.literal("__slice__"), config: bounds });

/** A list, or a lone item, in the notations of Keras 2 and 3; undefined for what is none. */
export function readKey(json: unknown): KeyItem[] | undefined {
  const packed = tuple.safeParse(json);
  const items: unknown = packed.success ? packed.data.items : json;
  const read = (Array.isArray(items) ? items : [items]).map(readItem);
  return read.every((item) => item !== undefined) ? read : undefined;
}

function readItem(json: unknown): KeyItem | undefined {
  if (json === null) return null;
  if (typeof json === "number") return Number.isSafeInteger(json) ? json : undefined;
  if (ellipsis.safeParse(json).success) return "...";
  const keras3 = slice.safeParse(json);
  if (keras3.success) return keras3.data.config;
  const keras2 = bounds.safeParse(json);
  return keras2.success ? keras2.data : undefined;
}

/** The notation of Keras 2. */
export function keras2Key(key: readonly KeyItem[]): unknown[] {
  return key.map((item) => (item === "..." ? { class_name: "__ellipsis__" } : item));
}

/** The notation of Keras 3. */
export function keras3Key(key: readonly KeyItem[]): unknown[] {
  return key.map((item) => {
    if (item === "...") return { class_name: "__ellipsis__", config: {} };
    return typeof item === "object" && item !== null ? { class_name: "__slice__", config: item } : item;
  });
}
