/** What a single option may be. */
import { article, classNameOf, isPlainObject } from "./describe.js";

/**
 * Decides about one value.
 * @typeParam In what may be passed
 * @typeParam Out what the library makes of it: `3` as a kernel's size becomes `[3, 3]`
 */
export interface Check<In, Out = In> {
  /** What follows "expected" in messages: "a positive integer". */
  readonly expected: string;
  /** The value as it is used; undefined where it is not what is expected. */
  readonly read: (value: unknown) => Out | undefined;
  /** Where one of a few values is expected: those. Keras may know more of them. */
  readonly choices?: readonly unknown[];
  /** Brings what files of Keras have to a form that may be passed; undefined: take the default. */
  readonly fromJson?: (json: unknown) => unknown;
  /** What is written into files. Default: the value. */
  toJson?(value: Out): unknown;
  /** For the compiler alone: ties the check to the option's type. */
  readonly accepts?: (value: In) => void;
}

/** A check of what has no other form. */
export function check<T>(expected: string, isGood: (value: unknown) => boolean): Check<T> {
  return { expected, read: (value) => (isGood(value) ? (value as T) : undefined) };
}

export const flag: Check<boolean> = {
  ...check<boolean>("true or false", (value) => typeof value === "boolean"),
  // To Python they are equal.
  fromJson: (json) => (json === 0 || json === 1 ? json === 1 : json),
};

export const text = check<string>(
  "a string that is not empty",
  (value) => typeof value === "string" && value !== "",
);

export const sha256 = check<string>(
  "a sha256: 64 hexadecimal digits",
  (value) => typeof value === "string" && /^[\da-f]{64}$/i.test(value),
);

/** What is part of paths in files: Keras 3 refuses the separator, too. */
export const layerName = check<string>(
  "a string that is not empty, without /",
  (value) => typeof value === "string" && value !== "" && !value.includes("/"),
);

/** A function. Its arguments cannot be checked. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any function will do
export const callback = check<(...args: any[]) => any>("a function", (value) => typeof value === "function");

/** Bounds of a number; each bound may be missing. */
export interface Bounds {
  /** The least value. */
  readonly min?: number;
  readonly max?: number;
  /** A value that is just too small. */
  readonly above?: number;
  readonly below?: number;
  /** What the number is, where "a number" says too little: "a learning rate". */
  readonly name?: string;
}

function isWithin(value: unknown, bounds: Bounds): value is number {
  const { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity } = bounds;
  const isFinite = typeof value === "number" && Number.isFinite(value);
  return isFinite && value >= min && value <= max && value > above && value < below;
}

function formatBounds(name: string, { min, max, above, below }: Bounds): string {
  if (min !== undefined && max !== undefined) return `${name} from ${min} to ${max}`;
  const low = above !== undefined ? `above ${above}` : min !== undefined ? `≥ ${min}` : "";
  const high = below !== undefined ? `below ${below}` : max !== undefined ? `≤ ${max}` : "";
  const both = low && high ? `${low} and ${high}` : low + high;
  return both ? `${name} ${both}` : name;
}

/** A finite number within bounds. */
export function number(bounds: Bounds = {}): Check<number> {
  const hasEnd = bounds.max !== undefined || bounds.below !== undefined;
  const name = bounds.name ?? (hasEnd ? "a number" : "a finite number");
  return check(formatBounds(name, bounds), (value) => isWithin(value, bounds));
}

/** A whole number within bounds. */
export function integer(bounds: Bounds = {}): Check<number> {
  const isGood = (value: unknown) => Number.isSafeInteger(value) && isWithin(value, bounds);
  return check(formatBounds(bounds.name ?? "an integer", bounds), isGood);
}

export const positiveInteger: Check<number> = {
  ...integer({ min: 1 }),
  expected: "a positive integer",
};

/** The number that random ones begin with. */
export const seed = integer({ min: 0 });

/** One of some values. */
export function oneOf<const T extends string | number | null>(choices: readonly T[]): Check<T> {
  const names = choices.map((choice) => JSON.stringify(choice));
  const last = names.pop()!;
  const expected = names.length > 0 ? `${names.join(", ")} or ${last}` : last;
  return { ...check<T>(expected, (value) => choices.includes(value as T)), choices };
}

/** An object of a class. */
export function instanceOf<T extends object>(
  constructor: abstract new (...args: never[]) => T,
  expected = article(classNameOf(constructor)),
): Check<T> {
  return check(expected, (value) => value instanceof constructor);
}

/** An object with some methods: what an interface of a user's own class needs. */
export function having<T extends object>(
  expected: string,
  ...methods: readonly (keyof T & string)[]
): Check<T> {
  const has = (value: object, name: string) => typeof (value as Record<string, unknown>)[name] === "function";
  return check(expected, (value) => {
    return typeof value === "object" && value !== null && methods.every((name) => has(value, name));
  });
}

/** An object of options, which are checked where they are used. */
export function objectOf<T extends object>(expected: string): Check<T> {
  return check(expected, isPlainObject);
}

export const abortSignal = check<AbortSignal>(
  "an AbortSignal",
  (value) =>
    value instanceof AbortSignal || (typeof value === "object" && value !== null && "aborted" in value),
);

/** A list of one kind of values. */
export function listOf<In, Out>(
  item: Check<In, Out>,
  expected = `a list, each ${item.expected}`,
  length?: number,
): Check<readonly In[], Out[]> {
  return {
    expected,
    read: (value) => {
      if (!Array.isArray(value) || (length !== undefined && value.length !== length)) return undefined;
      const read = value.map((entry) => item.read(entry));
      return read.every((entry) => entry !== undefined) ? read : undefined;
    },
  };
}

/** A list of two. */
export function pairOf<In, Out>(
  item: Check<In, Out>,
  expected: string,
): Check<readonly [In, In], [Out, Out]> {
  const list = listOf(item, expected, 2);
  return { expected, read: (value) => list.read(value) as [Out, Out] | undefined };
}

/** The first of some checks that takes the value. */
export function either<A, B, X, Y>(
  first: Check<A, X>,
  second: Check<B, Y>,
  expected?: string,
): Check<A | B, X | Y> {
  return {
    expected: expected ?? `${first.expected} or ${second.expected}`,
    read: (value) => first.read(value) ?? second.read(value),
    fromJson: (json) => first.fromJson?.(json) ?? second.fromJson?.(json) ?? json,
  };
}
