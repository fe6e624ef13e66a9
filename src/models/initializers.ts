/** First values of weights, after keras/src/initializers/random_initializers.py. */
import { sizeOf, type Shape } from "../tensor.js";
import { normal, type Random } from "./random.js";

/** Names as Keras writes them into a model's config. */
export type InitializerName =
  | "Zeros"
  | "Ones"
  | "GlorotUniform"
  | "GlorotNormal"
  | "HeUniform"
  | "HeNormal"
  | "LecunUniform"
  | "LecunNormal"
  | "RandomUniform"
  | "RandomNormal";

export interface InitializerConfig {
  readonly className: InitializerName;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** An initializer, by name or with its arguments. */
export type Initializer = InitializerName | InitializerConfig;

export function initializerConfig(initializer: Initializer): InitializerConfig {
  return typeof initializer === "string" ? { className: initializer } : initializer;
}

/**
 * Draws the values of a weight.
 * @param shape the fans are those of Keras's compute_fans: the product of all but the last two dimensions times them
 */
export function initialValues(initializer: Initializer, shape: Shape, random: Random): Float32Array {
  const { className, config } = initializerConfig(initializer);
  const [fanIn, fanOut] = fans(shape);
  const uniform = (limit: number) => fillWith(shape, () => (random() * 2 - 1) * limit);
  const truncated = (variance: number) =>
    fillWith(shape, () => truncatedNormal(random) * Math.sqrt(variance));
  const number = (key: string, fallback: number) => {
    const value = config?.[key];
    return typeof value === "number" ? value : fallback;
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
  }
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
