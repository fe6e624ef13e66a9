/** First values of weights, after keras/src/initializers/random_initializers.py. */
import { number, oneOf, type Check } from "../options/checks.js";
import { isPlainObject } from "../options/describe.js";
import { sizeOf, type Shape } from "../tensor.js";
import { normal, type Random } from "./random.js";

/** The arguments of each initializer, with their defaults. Names are as Keras writes them into a model's config. */
const initializers = {
  Zeros: {},
  Ones: {},
  GlorotUniform: {},
  GlorotNormal: {},
  HeUniform: {},
  HeNormal: {},
  LecunUniform: {},
  LecunNormal: {},
  RandomUniform: { minval: -0.05, maxval: 0.05 },
  RandomNormal: { mean: 0, stddev: 0.05 },
  VarianceScaling: { scale: 1, mode: "fan_in", distribution: "truncated_normal" },
} as const;

/** What an argument that is a word may be. */
const words: Readonly<Record<string, Pick<Check<string>, "read">>> = {
  mode: oneOf(["fan_in", "fan_out", "fan_avg"]),
  distribution: oneOf(["truncated_normal", "untruncated_normal", "uniform"]),
};

export type InitializerName = keyof typeof initializers;

export interface InitializerConfig {
  readonly className: InitializerName;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** An initializer, by name or with its arguments. */
export type Initializer = InitializerName | InitializerConfig;

/** An initializer as an option; in files with Keras's names, where one that is not known is the default. */
export const initializer: Check<Initializer, InitializerConfig> = {
  expected: `${oneOf(Object.keys(initializers)).expected}, or { className, config } with arguments that it has`,
  read: readInitializer,
  fromJson: (json) => {
    const { class_name: className, config } = (json ?? {}) as { class_name?: unknown; config?: unknown };
    return readInitializer({ className, config: config ?? {} });
  },
  toJson: ({ className, config }) => initializerJson(className, config),
};

/** The form of an initializer that every Keras version reads. */
export function initializerJson(
  className: InitializerName,
  config: InitializerConfig["config"] = {},
): object {
  const isSeeded = className !== "Zeros" && className !== "Ones";
  return { class_name: className, config: { ...(isSeeded && { seed: null }), ...config } };
}

function readInitializer(value: unknown): InitializerConfig | undefined {
  if (typeof value === "string") return readInitializer({ className: value });
  if (!isPlainObject(value)) return undefined;
  const { className, config = {}, ...rest } = value;
  if (Object.keys(rest).length > 0 || !isPlainObject(config)) return undefined;
  if (typeof className !== "string" || !Object.hasOwn(initializers, className)) return undefined;
  const known = initializers[className as InitializerName];
  const isGood = ([key, argument]: [string, unknown]) =>
    key === "seed" || (Object.hasOwn(known, key) && (words[key] ?? number()).read(argument) !== undefined);
  return Object.entries(config).every(isGood) ? (value as unknown as InitializerConfig) : undefined;
}

/**
 * Draws the values of a weight.
 * @param shape the fans are those of Keras's compute_fans: the product of all but the last two dimensions times them
 */
export function initialValues(initializer: Initializer, shape: Shape, random: Random): Float32Array {
  const { className, config } = typeof initializer === "string" ? { className: initializer } : initializer;
  const [fanIn, fanOut] = fans(shape);
  const uniform = (limit: number) => fillWith(shape, () => (random() * 2 - 1) * limit);
  const truncated = (variance: number) =>
    fillWith(shape, () => truncatedNormal(random) * Math.sqrt(variance));
  const number = (key: string, fallback: number) => {
    const value = config?.[key];
    return typeof value === "number" ? value : fallback;
  };
  const word = (key: string, fallback: string) => {
    const value = config?.[key];
    return typeof value === "string" ? value : fallback;
  };
  switch (className) {
    case "Zeros":
      return new Float32Array(sizeOf(shape));
    case "Ones":
      return fillWith(shape, () => 1);
    case "GlorotUniform":
      return uniform(Math.sqrt(6 / (fanIn + fanOut)));
    case "GlorotNormal":
      return truncated(2 / (fanIn + fanOut));
    case "HeUniform":
      return uniform(Math.sqrt(6 / fanIn));
    case "HeNormal":
      return truncated(2 / fanIn);
    case "LecunUniform":
      return uniform(Math.sqrt(3 / fanIn));
    case "LecunNormal":
      return truncated(1 / fanIn);
    case "RandomUniform": {
      const [low, high] = [number("minval", -0.05), number("maxval", 0.05)];
      return fillWith(shape, () => low + random() * (high - low));
    }
    case "RandomNormal":
      return fillWith(shape, () => number("mean", 0) + normal(random) * number("stddev", 0.05));
    case "VarianceScaling": {
      const fan = fanOf(word("mode", "fan_in"), fanIn, fanOut);
      const variance = number("scale", 1) / Math.max(1, fan);
      const distribution = word("distribution", "truncated_normal");
      if (distribution === "uniform") return uniform(Math.sqrt(3 * variance));
      if (distribution === "truncated_normal") return truncated(variance);
      return fillWith(shape, () => normal(random) * Math.sqrt(variance));
    }
  }
}

function fanOf(mode: string, fanIn: number, fanOut: number): number {
  if (mode === "fan_avg") return (fanIn + fanOut) / 2;
  return mode === "fan_in" ? fanIn : fanOut;
}

/** compute_fans of Keras: (in, out) for dense kernels, both times the window for convolutions. */
export function fans(shape: Shape): [number, number] {
  if (shape.length < 2) return [shape[0] ?? 1, shape[0] ?? 1];
  const window = sizeOf(shape.slice(0, -2));
  return [window * shape.at(-2)!, window * shape.at(-1)!];
}

function fillWith(shape: Shape, next: () => number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = next();
  return values;
}

/** A normal number cut at two deviations, with the variance brought back to one, as Keras's VarianceScaling draws it. */
function truncatedNormal(random: Random): number {
  const deviationOfTheCut = 0.87962566103423978;
  for (;;) {
    const x = normal(random);
    if (Math.abs(x) <= 2) return x / deviationOfTheCut;
  }
}
