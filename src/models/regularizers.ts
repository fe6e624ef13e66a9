/** Penalties on weights and outputs, after keras/src/regularizers/regularizers.py. */
import { number, type Check } from "../options/checks.js";
import { isPlainObject } from "../options/describe.js";
import { nullable, optional } from "../options/fields.js";

/** The arguments of each class, with Keras's defaults. */
const regularizers = {
  L1: { l1: 0.01 },
  L2: { l2: 0.01 },
  L1L2: { l1: 0, l2: 0 },
} as const;

/** What Keras calls the classes by name. */
const classNames: Readonly<Record<string, keyof typeof regularizers>> = {
  l1: "L1",
  l2: "L2",
  l1_l2: "L1L2",
  L1: "L1",
  L2: "L2",
  L1L2: "L1L2",
};

export type RegularizerName = keyof typeof regularizers;

export interface RegularizerConfig {
  readonly className: RegularizerName;
  /** Factors: of the sum of absolute values, and of the sum of squares. Default: Keras's, 0.01; of L1L2, 0. */
  readonly config?: { readonly l1?: number; readonly l2?: number };
}

/** A penalty, by name or with its factors. */
export type Regularizer = "l1" | "l2" | "l1_l2" | RegularizerName | RegularizerConfig;

/** l1 · Σ|x| + l2 · Σx². */
export interface Penalty {
  readonly className: RegularizerName;
  readonly l1: number;
  readonly l2: number;
}

/** A regularizer as an option; in files with Keras's names. */
const regularizer: Check<Regularizer, Penalty> = {
  expected: `"l1", "l2", "l1_l2" or { className: "L1", "L2" or "L1L2", config: { l1, l2 } }`,
  read: readRegularizer,
  // A file that has an object of another class has what Keras knows and wgraft does not.
  choices: [{}],
  fromJson: (json) => {
    if (!isPlainObject(json)) return json;
    const { class_name: className, config } = json;
    return { className, config: config ?? {} };
  },
  toJson: (penalty) => ({ class_name: penalty.className, config: factorsOf(penalty) }),
};

/** A regularizer as an option. Default: none. */
export const regularizerField = nullable(optional(regularizer));

function factorsOf({ className, l1, l2 }: Penalty): object {
  const factors = { l1, l2 };
  return Object.fromEntries(
    Object.entries(factors).filter(([name]) => Object.hasOwn(regularizers[className], name)),
  );
}

function readRegularizer(value: unknown): Penalty | undefined {
  if (typeof value === "string") return readRegularizer({ className: value });
  if (!isPlainObject(value)) return undefined;
  const { className: given, config = {}, ...rest } = value;
  if (Object.keys(rest).length > 0 || !isPlainObject(config)) return undefined;
  if (typeof given !== "string" || !Object.hasOwn(classNames, given)) return undefined;
  const className = classNames[given];
  const known = regularizers[className];
  const factor = number({ min: 0 });
  const isGood = ([name, argument]: [string, unknown]) =>
    Object.hasOwn(known, name) && factor.read(argument) !== undefined;
  if (!Object.entries(config).every(isGood)) return undefined;
  return { l1: 0, l2: 0, ...known, ...config, className };
}
