import { WgraftError } from "../../errors.js";
import { batchSizeFor, type BatchSource } from "./batches.js";
import { RunningMean, type Logs } from "./history.js";
import type { EvaluateArguments } from "./options.js";
import { fittingProgram, forward } from "./predict.js";
import type { Programs } from "./programs.js";

/** Loss and metrics over a source, as means over its samples. */
export async function evaluate(
  programs: Programs,
  source: BatchSource,
  options: EvaluateArguments = {},
): Promise<Logs> {
  const { batchSize, total, order } = selection(source, options);
  const { program, batch } = await fittingProgram(batchSize, (b) => programs.test(b, source.sample));
  const means = new RunningMean(programs.figures);
  let done = 0;
  const batches = source.batches(batch, order, options.signal);
  for await (const { batch: given, outputs } of forward(batches, program, batch, options.signal)) {
    for (let i = 0; i < given.size; i++) {
      // As in Keras, weights scale the loss; metrics count every sample alike.
      const weightOf = (name: string) => (name === "loss" ? (given.sampleWeight?.[i] ?? 1) : 1);
      means.add(
        programs.figures.map((name) => outputs[name][i] * weightOf(name)),
        1,
      );
    }
    options.onPredictions?.(
      outputs.y,
      given.indices ?? Array.from({ length: given.size }, (_, i) => done + i),
    );
    done += given.size;
    options.onProgress?.(done, total);
  }
  return means.logs();
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
