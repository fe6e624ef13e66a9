/** What a user gives for each input or output of a model: one place that brings it into the model's order. */
import { WgraftError } from "../errors.js";
import { describe, isPlainObject } from "../options/describe.js";

/** Of a model with several inputs or outputs: a list in their order, or an object by their names. */
export type PerEnd<T> = T | readonly T[] | Readonly<Record<string, T>>;

/** One of a kind, or a list. */
export type OneOrMore<T> = T | readonly T[];

/** A list even of one. */
export function listed<T>(value: OneOrMore<T>): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** The only one as it is, several as a list. */
export function unlisted<T>(values: readonly T[]): OneOrMore<T> {
  return values.length === 1 ? values[0] : values;
}

/** The inputs or outputs of a model. */
export interface Ends {
  readonly what: "input" | "output";
  readonly names: readonly string[];
}

/** What is given, and how messages call it. */
export interface Given<T> {
  /** "fit", "compile" */
  readonly owner: string;
  /** "x", "loss" */
  readonly option: string;
  /** "a Tensor" */
  readonly expected: string;
  readonly isOne: (value: unknown) => value is T;
}

/** Whether a value is one, a list or an object of what is asked for. */
export function isPerEnd<T>(value: unknown, isOne: (value: unknown) => value is T): value is PerEnd<T> {
  if (isOne(value)) return true;
  const values = Array.isArray(value)
    ? (value as unknown[])
    : isPlainObject(value)
      ? Object.values(value)
      : [];
  return values.length > 0 && values.every(isOne);
}

/**
 * What is given for each of a model's inputs or outputs, in their order.
 * @throws WgraftError `usage` for more or fewer than there are, and for names that are missing or unknown
 */
export function inOrder<T>({ what, names }: Ends, given: Given<T>, value: unknown): T[] {
  const { owner, option, isOne, expected } = given;
  const several = `${expected} for each of the ${names.length} ${what}s (${names.join(", ")})`;
  const wanted = names.length === 1 ? expected : several;
  const fail = (got: string) =>
    new WgraftError("usage", `${owner}: ${option}: expected ${wanted}, got ${got}`, {
      ...{ op: owner, option, expected: wanted, got: value },
    });
  const list = isOne(value) ? [value] : isPlainObject(value) ? named(value, names, fail) : value;
  if (!Array.isArray(list)) throw fail(describe(value));
  if (list.length !== names.length) throw fail(names.length === 1 ? describe(value) : `${list.length}`);
  const wrong = list.findIndex((one) => !isOne(one));
  if (wrong >= 0)
    throw fail(names.length === 1 ? describe(value) : `${describe(list[wrong])} for ${names[wrong]}`);
  return list as T[];
}

function named(
  given: Readonly<Record<string, unknown>>,
  names: readonly string[],
  fail: (got: string) => WgraftError,
): unknown[] {
  const keys = Object.keys(given);
  const unknown = keys.find((key) => !names.includes(key));
  if (unknown !== undefined) throw fail(`one for ${unknown}`);
  const missing = names.find((name) => !Object.hasOwn(given, name));
  if (missing !== undefined)
    throw fail(`${keys.length > 0 ? `${keys.join(", ")}, but no ${missing}` : "none"}`);
  return names.map((name) => given[name]);
}

/** Names that differ: where a layer has several outputs, those after the first are numbered. */
export function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let n = 1; taken.has(free); n++) free = `${name}_${n}`;
    taken.add(free);
    return free;
  });
}
