/** What the batch normalizations launch. */
import batchNormSource from "../../../wgsl/norm/batch_norm.wgsl";
import moments from "../../../wgsl/norm/moments.wgsl";
import lastMoments from "../../../wgsl/norm/moments_last.wgsl";
import momentsOfRows from "../../../wgsl/norm/moments_of_rows.wgsl";
import normalized from "../../../wgsl/norm/normalized.wgsl";
import gradients from "../../../wgsl/norm/parameter_gradients.wgsl";
import lastGradients from "../../../wgsl/norm/parameter_gradients_last.wgsl";
import gradientsOfRows from "../../../wgsl/norm/parameter_gradients_of_rows.wgsl";
import { sizeOf } from "../../tensor.js";
import { elementKernel } from "../common/elementKernel.js";
import { launchElementwise } from "../common/launchElementwise.js";
import type { LowerContext, Operand } from "../op.js";
import { activate, activationCode, type Activation } from "../elementwise/activation.js";
import { columnKernels, reduceColumns } from "./columnReduce.js";

const batchNormKernel = elementKernel("batch_norm", normalized + activate + batchNormSource, 5, ["channels"]);

const momentKernels = columnKernels(
  "moments",
  { sum: moments, ofRows: momentsOfRows, last: lastMoments },
  { reads: 1, numbers: 3 },
);

const gradientKernels = columnKernels(
  "batch_norm_parameter_grad",
  { sum: gradients, ofRows: normalized + gradientsOfRows, last: lastGradients },
  { reads: 4, numbers: 2 },
);

/** Statistics and parameters of a normalization, [channels] each. */
export interface Normalization {
  /** Default: zeros. */
  readonly mean?: Operand;
  readonly variance: Operand;
  /** Default: ones. */
  readonly gamma?: Operand;
  /** Default: zeros. */
  readonly beta?: Operand;
  readonly epsilon: number;
  /** Default: linear. */
  readonly activation?: Activation;
}

/** y = activation((x - mean) / √(variance + epsilon) · gamma + beta), x and y [..., channels]. */
export function launchBatchNorm(
  ctx: LowerContext,
  op: string,
  x: Operand,
  y: Operand,
  { mean, variance, gamma, beta, epsilon, activation = "linear" }: Normalization,
): void {
  const [channels] = variance.shape;
  launchElementwise(ctx, {
    op,
    kernel: batchNormKernel,
    walked: [y, x],
    // What is not there is never read; any readable buffer will do.
    whole: [mean ?? variance, variance, gamma ?? variance, beta ?? variance],
    period: channels,
    constants: () => ({
      epsilon,
      has_mean: Number(mean !== undefined),
      has_gamma: Number(gamma !== undefined),
      has_beta: Number(beta !== undefined),
      activation: activationCode(activation),
    }),
    params: (lanes) => ({ channels: channels / lanes }),
    flopsPerElement: 5,
  });
}

const rowsOf = ({ shape }: Operand, channels: number) => sizeOf(shape) / channels;

/** Mean and variance (the biased one) of x [..., channels] over all axes but the last. */
export function launchMoments(
  ctx: LowerContext,
  op: string,
  x: Operand,
  { mean, variance }: { readonly mean: Operand; readonly variance: Operand },
): void {
  const [columns] = mean.shape;
  reduceColumns(ctx, {
    op,
    kernels: momentKernels,
    rows: rowsOf(x, columns),
    columns,
    matrices: [x],
    outputs: [mean, variance],
    flopsPerElement: 8,
  });
}

/** dgamma = Σ dy · (x - mean) / √(variance + epsilon) and dbeta = Σ dy, over all axes but the last. */
export function launchParameterGradients(
  ctx: LowerContext,
  op: string,
  { dy, x, mean, variance, epsilon }: Record<"dy" | "x" | "mean" | "variance", Operand> & { epsilon: number },
  { dgamma, dbeta }: { readonly dgamma: Operand; readonly dbeta: Operand },
): void {
  const [columns] = mean.shape;
  reduceColumns(ctx, {
    op,
    kernels: gradientKernels,
    rows: rowsOf(x, columns),
    columns,
    matrices: [dy, x],
    vectors: [mean, variance],
    outputs: [dgamma, dbeta],
    constants: () => ({ epsilon }),
    flopsPerElement: 6,
  });
}
