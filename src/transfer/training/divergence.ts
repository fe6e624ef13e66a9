/** Ends a training whose numbers are no longer finite, before a checkpoint of it is taken. */
import { WgraftError } from "../../errors.js";
import type { Device } from "../../kernels/gpu/device.js";
import type { Model } from "../../models/model.js";
import { listed } from "../../models/ends.js";
import { LossScaleOptimizer } from "../../models/optimizers/lossScaleOptimizer.js";
import type { BatchSource } from "../../models/training/batches.js";
import type { Callback } from "../../models/training/history.js";
import { firstNonFinite, nonFiniteWeights } from "../../models/training/nonFinite.js";

/** The first step of a training with a loss that is not finite. */
interface BadStep {
  readonly epoch: number;
  readonly step: number;
  readonly loss: number;
}

/** Thrown out of a fit; `explainDivergence` turns it into the error that a user sees. */
export class Divergence extends Error {
  constructor(readonly at: BadStep | { readonly epoch: number; readonly weights: string }) {
    super("the training diverged");
  }
}

/**
 * To be called before the callbacks that keep what an epoch came to. Steps that a loss scale skips, since float16 has
 * overflowed, change nothing and do not count; an epoch of such steps alone does.
 */
export function divergenceGuard(model: Model, device: Device): Callback {
  let [epoch, skipped, steps] = [0, 0, 0];
  let first: BadStep | undefined;
  return {
    onEpochBegin(index) {
      [epoch, skipped, steps] = [index, 0, 0];
      first = undefined;
    },
    onStepFigures(step, { loss }) {
      steps++;
      if (Number.isFinite(loss)) return;
      first ??= { epoch, step, loss };
      if (!(model.compilation?.optimizer instanceof LossScaleOptimizer)) throw new Divergence(first);
      skipped++;
    },
    async onEpochEnd() {
      if (first && skipped === steps) throw new Divergence(first);
      const weights = await nonFiniteWeights({ network: model, device });
      if (weights !== undefined) throw new Divergence({ epoch, weights });
    },
  };
}

/**
 * The error for a training that diverged: which step, where, and what is left.
 * @param kept what the run still has: "runs/a keeps …"
 */
export async function explainDivergence(
  { at }: Divergence,
  model: Model,
  device: Device,
  source: BatchSource,
  kept: string,
): Promise<WgraftError> {
  const where =
    (await nonFiniteSample(source)) ?? (await nonFiniteWeights({ network: model, device })) ?? "no weight";
  const what =
    "weights" in at
      ? `after epoch ${at.epoch + 1} ${at.weights} is not finite`
      : `the loss is ${at.loss} at step ${at.step + 1} of epoch ${at.epoch + 1}; the first that is not finite: ${where}`;
  const advice = "try a lower `learningRate`";
  return new WgraftError("diverged", `${what}; ${advice}; ${kept}`, { option: "learningRate" });
}

/** Images are finite whatever they contain; features need not be. */
async function nonFiniteSample(source: BatchSource): Promise<string | undefined> {
  if (listed(source.sample).every(({ dtype }) => dtype === "uint8") || source.samples === Infinity)
    return undefined;
  let done = 0;
  for await (const { x, size } of source.batches(256)) {
    for (const values of listed(x)) {
      const at = firstNonFinite(values);
      if (at >= 0) return `the input, sample ${done + Math.floor(at / (values.length / size))}`;
    }
    done += size;
  }
  return undefined;
}
