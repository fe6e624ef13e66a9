import { WgraftError } from "../../errors.js";
import type { TensorData } from "../../tensor.js";
import { batchSizeFor, type BatchSource } from "./batches.js";
import { nameAt, weightsOf } from "./feeds.js";
import { RunningMean, type Logs } from "./history.js";
import type { EvaluateArguments } from "./options.js";
import { fittingRun, forward } from "./predict.js";
import type { Programs } from "./programs.js";

/** Loss and metrics over a source, as means over its samples. */
export async function evaluate(
  programs: Programs,
  source: BatchSource,
  options: EvaluateArguments = {},
): Promise<Logs> {
  const { batchSize, total, order } = selection(source, options);
  const run = await fittingRun(programs, "test", batchSize, source.sample);
  const means = new RunningMean(programs.figures);
  let done = 0;
  const batches = source.batches(run.batch, order, options.signal);
  for await (const { batch: given, outputs } of forward(batches, run, total, options.signal)) {
    const weights = weightsOf(given, programs.targets.length);
    for (let i = 0; i < given.size; i++) means.add(figuresOfSample(programs, outputs, weights, i), 1);
    options.onPredictions?.(
      outputs.y,
      given.indices ?? Array.from({ length: given.size }, (_, i) => done + i),
      programs.targets.map((_, i) => outputs[nameAt("y", i)]),
    );
    done += given.size;
    options.onProgress?.(done, total);
  }
  return means.logs();
}

/** The figures of the i-th sample of a batch. As in Keras, weights scale losses; metrics count every sample alike. */
function figuresOfSample(
  { targets, figures }: Programs,
  outputs: Readonly<Record<string, TensorData>>,
  weights: readonly Float32Array[] | undefined,
  i: number,
): number[] {
  const losses = targets.map((_, k) => outputs[nameAt("loss", k)][i] * (weights?.[k][i] ?? 1));
  const ofTargets = targets.reduce((sum, { weight }, k) => sum + weight * losses[k], 0);
  const total = ofTargets + (outputs.penalty?.[i] ?? 0);
  const ofOutputs = targets.length > 1 ? losses : [];
  const metrics = figures.slice(1 + ofOutputs.length).map((name) => outputs[name][i]);
  return [total, ...ofOutputs, ...metrics];
}

/** The samples that are looked at: all as they stand, or the first `total`, by `order`. */
export function selection(source: BatchSource, { batchSize: asked, steps = Infinity }: EvaluateArguments) {
  const batchSize = batchSizeFor(source, asked);
  const total = Math.min(source.samples, steps * batchSize);
  if (total === Infinity)
    throw new WgraftError(
      "usage",
      "evaluate: samples without an end need a number of batches (steps, in a fit validationSteps)",
    );
  const order = total < source.samples ? Uint32Array.from({ length: total }, (_, i) => i) : undefined;
  return { batchSize, total, order };
}
