import updateSource from "../../../wgsl/norm/moving_statistics_update.wgsl";
import { invocationKernel } from "../common/elementKernel.js";
import { expectInputs, expectShape } from "../common/expect.js";
import { launchElementwise } from "../common/launchElementwise.js";
import { defineOp } from "../op.js";

const updateKernel = invocationKernel("moving_statistics_update", updateSource, [
  "read_write",
  "read_write",
  "read",
  "read",
]);

/**
 * What a training step does to the statistics that inference normalises by, in place: moving ← moving · momentum + of the
 * batch · (1 - momentum). Inputs: movingMean, movingVariance, and mean and variance of the batch (`batchNormTraining`), all
 * float32 [channels]. Follows keras/src/layers/normalization/batch_normalization.py.
 */
export const movingStatisticsUpdate = defineOp<{ readonly momentum: number }>({
  name: "moving_statistics_update",
  infer(inputs) {
    expectInputs("moving_statistics_update", inputs, 4);
    const [movingMean, movingVariance, mean, variance] = inputs;
    for (const [name, spec] of Object.entries({ movingMean, movingVariance, mean, variance }))
      expectShape("moving_statistics_update", name, spec, movingMean.shape);
    return [];
  },
  lower(ctx, [movingMean, movingVariance, mean, variance], _outputs, { momentum }) {
    launchElementwise(ctx, {
      op: "moving_statistics_update",
      kernel: updateKernel,
      walked: [movingMean, movingVariance, mean, variance],
      constants: () => ({ momentum }),
      flopsPerElement: 6,
    });
  },
  mutates: () => [0, 1],
});
