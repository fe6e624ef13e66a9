/** What keeps weights within bounds while they are trained, after keras/src/constraints/constraints.py. */
import { integer, listOf, number, type Check } from "../options/checks.js";
import { isPlainObject } from "../options/describe.js";
import { nullable, optional } from "../options/fields.js";
import { camelCase, snakeCase } from "../options/notation.js";

/** The arguments of each class, with Keras's defaults. */
const constraints = {
  MaxNorm: { maxValue: 2, axis: 0 },
  NonNeg: {},
  UnitNorm: { axis: 0 },
  MinMaxNorm: { minValue: 0, maxValue: 1, rate: 1, axis: 0 },
} as const;

export type ConstraintName = keyof typeof constraints;

/** What Keras calls the classes by name. */
const classNames: Readonly<Record<string, ConstraintName>> = {
  max_norm: "MaxNorm",
  non_neg: "NonNeg",
  unit_norm: "UnitNorm",
  min_max_norm: "MinMaxNorm",
  MaxNorm: "MaxNorm",
  NonNeg: "NonNeg",
  UnitNorm: "UnitNorm",
  MinMaxNorm: "MinMaxNorm",
};

export interface ConstraintArguments {
  /** The smallest norm. Default 0. Of MinMaxNorm. */
  readonly minValue?: number;
  /** The largest norm. Default 2, of MinMaxNorm 1. */
  readonly maxValue?: number;
  /** How far a norm outside goes towards the bound in a step, 0 to 1. Default 1. Of MinMaxNorm. */
  readonly rate?: number;
  /** What a norm is taken over, next to each other: 0 of a Dense kernel, [0, 1, 2] of a Conv2D kernel. Default 0. Not of NonNeg. */
  readonly axis?: number | readonly number[];
}

export interface ConstraintConfig {
  readonly className: ConstraintName;
  readonly config?: ConstraintArguments;
}

/** A constraint, by name or with its arguments. */
export type Constraint =
  "max_norm" | "non_neg" | "unit_norm" | "min_max_norm" | ConstraintName | ConstraintConfig;

/** After its check. */
export interface Bounds {
  readonly className: ConstraintName;
  readonly config: ConstraintArguments;
}

const axes = listOf(integer());
const argumentChecks: Readonly<Record<keyof ConstraintArguments, (value: unknown) => boolean>> = {
  minValue: (value) => number({ min: 0 }).read(value) !== undefined,
  maxValue: (value) => number({ min: 0 }).read(value) !== undefined,
  rate: (value) => number({ min: 0, max: 1 }).read(value) !== undefined,
  axis: (value) =>
    Array.isArray(value)
      ? axes.read(value) !== undefined && value.length > 0
      : integer().read(value) !== undefined,
};

/** A constraint as an option; in files with Keras's names. */
const constraint: Check<Constraint, Bounds> = {
  expected: `"max_norm", "non_neg", "unit_norm", "min_max_norm" or { className: "MaxNorm", "NonNeg", "UnitNorm" or "MinMaxNorm", config: { maxValue, axis, … } }`,
  read: readConstraint,
  choices: [{}],
  fromJson: (json) => {
    if (!isPlainObject(json)) return json;
    const { class_name: className, config } = json;
    return { className, config: renamed(config, camelCase) };
  },
  toJson: ({ className, config }) => ({ class_name: className, config: renamed(config, snakeCase) }),
};

/** A constraint as an option. Default: none. */
export const constraintField = nullable(optional(constraint));

function renamed(config: unknown, to: (name: string) => string): object {
  return Object.fromEntries(
    Object.entries(config ?? {}).map(([name, value]: [string, unknown]) => [to(name), value]),
  );
}

function readConstraint(value: unknown): Bounds | undefined {
  if (typeof value === "string") return readConstraint({ className: value });
  if (!isPlainObject(value)) return undefined;
  const { className: given, config = {}, ...rest } = value;
  if (Object.keys(rest).length > 0 || !isPlainObject(config)) return undefined;
  if (typeof given !== "string" || !Object.hasOwn(classNames, given)) return undefined;
  const className = classNames[given];
  const known = constraints[className];
  const isGood = ([name, argument]: [string, unknown]) =>
    Object.hasOwn(known, name) && argumentChecks[name as keyof ConstraintArguments](argument);
  if (!Object.entries(config).every(isGood)) return undefined;
  return { className, config: { ...known, ...config } };
}
