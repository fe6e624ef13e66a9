/** From what is typed to the value of an option. */
import { InvalidArgumentError } from "commander";
import { beginningWith, nearChoices } from "../options/suggest.js";
import type { ClassWeightOption } from "../transfer/data/classWeight.js";
import type { FloatType } from "../tensor.js";

/** A whole number from `min` to `max`. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number ${range(min, max)}.`);
  };
}

/** A number from `min` (or above it, with `aboveMin`) to `max` (below it, with `belowMax`). */
export function number(
  min: number,
  max = Infinity,
  { aboveMin = false, belowMax = false } = {},
): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    const fits = Number.isFinite(value) && value >= min && value <= max;
    if (fits && !(aboveMin && value === min) && !(belowMax && value === max)) return value;
    const low = aboveMin ? `above ${min}` : `of at least ${min}`;
    const high = max === Infinity ? "" : ` and ${belowMax ? "below" : "at most"} ${max}`;
    throw new InvalidArgumentError(`Expected a number ${low}${high}.`);
  };
}

function range(min: number, max: number): string {
  return max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
}

const decimal = { "": 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9 };
const byteUnits: Record<string, number> = { ...decimal, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** "2GiB", "1.5 GB", "65536" → bytes. */
export function bytes(text: string): number {
  const [, count = "", unit = ""] = /^(\d+(?:\.\d+)?) ?([KMG]i?B|B)?$/.exec(text) ?? [];
  const value = Math.floor(Number(count) * byteUnits[unit]);
  if (value >= 1 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw new InvalidArgumentError("Expected a size in bytes: 2GiB, 2048MiB, 2GB.");
}

/** "a,b" → ["a", "b"]. */
export function list(text: string): string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.every((item) => item !== "" && !item.startsWith("--"))) return items;
  throw new InvalidArgumentError("Expected comma-separated names.");
}

/** One of some names. Says which was meant where one is near. */
export function choice(choices: readonly string[]): (text: string) => string {
  return (text) => {
    if (choices.includes(text)) return text;
    const meant = nearChoices(text, choices);
    const hint = meant ? ` (Did you mean ${meant}?)` : "";
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(", ")}.${hint}`);
  };
}

/** One of some names, or what only one of them begins with, three letters at least. */
export function nameOrBeginning(names: readonly string[]): (text: string) => string {
  return (text) => {
    const begun = beginningWith(text, names);
    return begun.length === 1 ? begun[0] : choice(names)(text);
  };
}

/** A path; an empty one is what a shell makes of a variable that is not set. */
export function path(text: string): string {
  if (text.startsWith("--"))
    throw new InvalidArgumentError("Expected a path, not an option; ./ in front makes it one.");
  if (text !== "") return text;
  throw new InvalidArgumentError("Expected a path.");
}

/** "f32", "f16" → what activations are stored as. */
export function precision(text: string): FloatType {
  if (text === "f32") return "float32";
  if (text === "f16") return "float16";
  throw new InvalidArgumentError("Expected f32 or f16.");
}

/** "balanced", or "cats=1,dogs=2.5". A name may contain "=", but no comma: its index can stand for it. */
export function parseClassWeight(text: string): ClassWeightOption {
  if (text === "balanced") return text;
  return text.split(",").map((item) => {
    const at = item.lastIndexOf("=");
    const [name, number] = [item.slice(0, Math.max(0, at)).trim(), item.slice(at + 1).trim()];
    const weight = number === "" ? NaN : Number(number);
    if (name !== "" && Number.isFinite(weight) && weight >= 0) return [name, weight] as const;
    throw new InvalidArgumentError(
      'Expected balanced, or comma-separated weights of at least 0 by class: "cats=1,dogs=2.5" or "0=1,1=2.5".',
    );
  });
}
