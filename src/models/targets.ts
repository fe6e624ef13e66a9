/** What each output of a model is trained for: its loss, the loss's weight, its metrics. */
import { WgraftError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import type { Value } from "../kernels/op.js";
import { flag, number, oneOf, type Check } from "../options/checks.js";
import { checkOptions } from "../options/checkOptions.js";
import { isPlainObject } from "../options/describe.js";
import { optional, optionsOf, required } from "../options/fields.js";
import { namesOf } from "../names.js";
import { distinct, inOrder, type Ends, type PerEnd } from "./ends.js";
import { emitLoss, losses, type LossDescription, type LossName } from "./losses.js";
import { emitMetric, metrics as metricTable, type MetricName } from "./metrics.js";
import type { LossRecord } from "./outputs.js";

/** A loss that is not at its defaults. */
export interface LossOptions {
  name: LossName;
  /** Whether the loss takes the outputs for logits. Default: what `compile` says. */
  fromLogits?: boolean;
  /** Moves labels this share of the way to the middle: Keras's `label_smoothing`. Default: what `compile` says. */
  labelSmoothing?: number;
}

export type LossSpec = LossName | LossOptions;

/** The metrics of one output. */
export type MetricSpec = MetricName | readonly MetricName[];

export interface Target extends LossRecord {
  /** The output's name. */
  readonly output: string;
  readonly labelSmoothing: number;
  /** What the loss is multiplied by in the sum of all. */
  readonly weight: number;
  readonly metrics: readonly MetricName[];
}

/** What `compile` says of them. */
export interface TargetOptions {
  readonly loss: PerEnd<LossSpec>;
  readonly lossWeights?: PerEnd<number>;
  readonly metrics: readonly MetricSpec[] | Readonly<Record<string, MetricSpec>>;
  readonly fromLogits: boolean;
  readonly labelSmoothing: number;
}

export const smoothing = number({ min: 0, max: 1 });
export const lossName = oneOf(namesOf(losses));
const metricName = oneOf(namesOf(metricTable));

const lossTable = optionsOf<LossOptions>("compile: loss").fields({
  name: required(lossName),
  fromLogits: optional(flag),
  labelSmoothing: optional(smoothing),
});

/** Whether an object is a loss with its options, rather than the losses of outputs by their names. */
function isLossOptions(value: unknown): value is LossOptions {
  return isPlainObject(value) && lossName.read(value.name) !== undefined;
}

export function isLossSpec(value: unknown): value is LossSpec {
  return isLossOptions(value) || lossName.read(value) !== undefined;
}

function isMetricSpec(value: unknown): value is MetricSpec {
  return Array.isArray(value)
    ? value.every((one) => metricName.read(one) !== undefined)
    : metricName.read(value) !== undefined;
}

const listExpected = (one: string) => `${one}; of several outputs a list or an object with one for each`;

/** What `inOrder` looks into, for a model's outputs are not known here. */
function perEnd<T>(expected: string, isOne: (value: unknown) => boolean): Check<PerEnd<T>> {
  return {
    expected,
    read: (value) =>
      isOne(value) || Array.isArray(value) || isPlainObject(value) ? (value as PerEnd<T>) : undefined,
  };
}

export const lossCheck = perEnd<LossSpec>(lossName.expected, isLossSpec);
export const lossWeightsCheck = perEnd<number>(listExpected("a number"), (value) => isWeight(value));
export const metricsCheck: Check<TargetOptions["metrics"]> = {
  expected: `a list, each ${metricName.expected}`,
  read: (value) => {
    const all = isPlainObject(value) ? Object.values(value) : Array.isArray(value) ? value : [undefined];
    return all.every((one) => isMetricSpec(one) || one === null)
      ? (value as TargetOptions["metrics"])
      : undefined;
  },
};

const isWeight = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

/**
 * The targets of a model's outputs, in their order.
 * @throws WgraftError `usage` for losses, weights and metrics that do not match the outputs
 */
export function targetsOf(names: readonly string[], options: TargetOptions): Target[] {
  const ends: Ends = { what: "output", names };
  const owner = "compile";
  const { loss, lossWeights = names.map(() => 1) } = options;
  const specs = isLossSpec(loss)
    ? names.map(() => loss)
    : inOrder(ends, { owner, option: "loss", expected: "a loss", isOne: isLossSpec }, loss);
  const weights = inOrder(
    ends,
    { owner, option: "lossWeights", expected: "a number", isOne: isWeight },
    lossWeights,
  );
  const metrics = metricsOf(ends, options.metrics);
  return names.map((output, i) => ({
    ...recordOf(specs[i], options),
    ...{ output, weight: weights[i], metrics: metrics[i] },
  }));
}

function recordOf(spec: LossSpec, { fromLogits, labelSmoothing }: TargetOptions) {
  const given = typeof spec === "string" ? { name: spec } : checkOptions(lossTable, spec);
  const { name: loss, ...own } = { fromLogits: undefined, labelSmoothing: undefined, ...given };
  const amount = own.labelSmoothing ?? labelSmoothing;
  const { smoothedTo }: LossDescription = losses[loss];
  if (amount > 0 && !smoothedTo) {
    throw new WgraftError("usage", `compile: labelSmoothing: ${loss} has none; make the labels one-hot`, {
      option: "labelSmoothing",
    });
  }
  return { loss, fromLogits: own.fromLogits ?? fromLogits, labelSmoothing: amount };
}

/** As in Keras: of one output a list of names; of several a list or object of such, where an object may omit outputs. */
function metricsOf(ends: Ends, given: TargetOptions["metrics"]): (readonly MetricName[])[] {
  const { names } = ends;
  const isFlat = Array.isArray(given) && given.every((one) => typeof one === "string");
  if (names.length === 1 && isFlat) return [given as MetricName[]];
  if (Array.isArray(given) && given.length === 0) return names.map(() => []);
  const complete = isPlainObject(given)
    ? { ...Object.fromEntries<unknown>(names.map((name) => [name, []])), ...given }
    : (given as readonly unknown[]).map((one) => one ?? []);
  const expected = "a metric or a list of metrics";
  const specs = inOrder(
    ends,
    { owner: "compile", option: "metrics", expected, isOne: isMetricSpec },
    complete,
  );
  return specs.map((spec) => (typeof spec === "string" ? [spec] : spec));
}

/** Keras's names of all figures: the total loss; with several outputs the loss of each; the metrics. */
export function figureNames(targets: readonly Target[]): string[] {
  if (targets.length === 1) return distinct(["loss", ...targets[0].metrics]);
  return distinct([
    "loss",
    ...targets.map(({ output }) => `${output}_loss`),
    ...targets.flatMap(({ output, metrics }) => metrics.map((metric) => `${output}_${metric}`)),
  ]);
}

/** Emits an output's figures of each sample. */
export function emitTarget(
  graph: Graph,
  { loss, metrics, ...options }: Target,
  labels: Value,
  prediction: Value,
): { loss: Value; metrics: Value[] } {
  return {
    loss: emitLoss(graph, loss, labels, prediction, options),
    metrics: metrics.map((name) => emitMetric(graph, name, loss, labels, prediction)),
  };
}
