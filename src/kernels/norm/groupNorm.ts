/** Normalisations of each sample by its own statistics: of a layer, or of groups of its channels. */
import gradSource from "../../../wgsl/norm/group_norm_grad.wgsl";
import groupNormSource from "../../../wgsl/norm/group_norm.wgsl";
import geometrySource from "../../../wgsl/norm/group_geometry.wgsl";
import gradients from "../../../wgsl/norm/parameter_gradients.wgsl";
import gradientsOfRows from "../../../wgsl/norm/group_parameter_gradients_of_rows.wgsl";
import lastGradients from "../../../wgsl/norm/parameter_gradients_last.wgsl";
import normalized from "../../../wgsl/norm/normalized.wgsl";
import { shapeError } from "../../errors.js";
import { formatShape, sizeOf, type Shape, type TensorSpec } from "../../tensor.js";
import { rowKernel } from "../common/elementKernel.js";
import { expectFloat, expectInputs, expectShape } from "../common/expect.js";
import { elementPrelude, launchUnits, ROW_WORKGROUP_SIZE } from "../common/launchUnits.js";
import { once } from "../common/once.js";
import { defineOp, float32, type Kernel, type LowerContext, type Operand } from "../op.js";
import { columnKernels, reduceColumns } from "./columnReduce.js";

const geometryParams = ["rows", "groups", "inner"];

const groupNormKernel = rowKernel(
  "group_norm",
  normalized + geometrySource + groupNormSource,
  ["read_write", "read_write", "read_write", "read", "read", "read"],
  geometryParams,
);

const groupNormGradKernel = rowKernel(
  "group_norm_grad",
  normalized + geometrySource + gradSource,
  ["read_write", "read", "read", "read", "read", "read"],
  geometryParams,
);

const gradientKernels = columnKernels(
  "group_norm_parameter_grad",
  { sum: gradients, ofRows: normalized + gradientsOfRows, last: lastGradients },
  { reads: 4, numbers: 2 },
);

export interface GroupNormAttrs {
  /** Added to the variance. */
  readonly epsilon: number;
  /** Whether there is a gamma. */
  readonly scale: boolean;
  /** Whether there is a beta. */
  readonly center: boolean;
  /** Axes of x, from the first on, along which nothing is put together: the batch. */
  readonly batchAxes: number;
  /** Axes of x, from the last on, that gamma and beta have. */
  readonly parameterAxes: number;
  /** Equal parts of the last axes, each normalised by itself. 1, unless `parameterAxes` is 1. */
  readonly groups: number;
}

/** x as [batch, rows, groups, inner]. */
function geometryOf(shape: Shape, { batchAxes, parameterAxes, groups }: GroupNormAttrs) {
  const end = shape.length - parameterAxes;
  return {
    batch: sizeOf(shape.slice(0, batchAxes)),
    rows: sizeOf(shape.slice(batchAxes, end)),
    groups,
    inner: sizeOf(shape.slice(end)) / groups,
  };
}

function expectGroups(op: string, x: TensorSpec, attrs: GroupNormAttrs): void {
  expectFloat(op, "x", x);
  const { batchAxes, parameterAxes, groups } = attrs;
  const fits = batchAxes >= 0 && parameterAxes >= 1 && batchAxes + parameterAxes <= x.shape.length;
  const { inner } = geometryOf(x.shape, attrs);
  if (!fits || !Number.isInteger(inner) || inner < 1 || (groups > 1 && parameterAxes > 1)) {
    throw shapeError(
      op,
      `x with ${batchAxes} batch axes and ${parameterAxes} more of parameters, in ${groups} groups`,
      formatShape(x.shape),
    );
  }
}

const statisticsOf = (shape: Shape, attrs: GroupNormAttrs) => {
  const { batch, groups } = geometryOf(shape, attrs);
  return float32(batch, groups);
};

const parameterShape = (shape: Shape, { parameterAxes }: GroupNormAttrs) => shape.slice(-parameterAxes);

/**
 * (x - mean) / √(variance + epsilon) · gamma + beta, by the mean and the biased variance of each sample, or of each group of
 * its channels. Inputs: x, gamma (if `scale`), beta (if `center`), float32 of x's last axes. Outputs: y, of x's type, mean and
 * variance, float32 [samples, groups], through which no gradient comes from elsewhere. Follows
 * keras/src/layers/normalization/layer_normalization.py and group_normalization.py.
 */
export const groupNorm = defineOp<GroupNormAttrs>({
  name: "group_norm",
  infer(inputs, attrs) {
    expectInputs("group_norm", inputs, 1 + Number(attrs.scale) + Number(attrs.center));
    const [x, ...parameters] = inputs;
    expectGroups("group_norm", x, attrs);
    for (const parameter of parameters) {
      expectShape("group_norm", "gamma and beta", parameter, parameterShape(x.shape, attrs));
    }
    const statistics = statisticsOf(x.shape, attrs);
    return [x, statistics, statistics];
  },
  lower(ctx, [x, ...parameters], [y, ...outputs], attrs) {
    const statistics = statisticsOf(x.shape, attrs);
    const [mean, variance] = [0, 1].map((i) => outputs[i] ?? ctx.scratch(statistics));
    const gamma = attrs.scale ? parameters[0] : undefined;
    const beta = attrs.center ? parameters.at(-1) : undefined;
    // What is not there is never read; any readable buffer of float32 will do.
    const none = gamma ?? beta ?? ctx.scratch(float32(1));
    launchGroups(ctx, "group_norm", x.shape, attrs, {
      kernel: groupNormKernel,
      walked: [y!, mean, variance, x],
      whole: [gamma ?? none, beta ?? none],
      constants: { has_gamma: Number(attrs.scale), has_beta: Number(attrs.center) },
      flopsPerElement: 9,
    });
  },
  vjp(g, dy, { inputs: [x, ...parameters], outputs: [, mean, variance] }, attrs) {
    const factors = attrs.scale ? [dy, x, parameters[0], mean, variance] : [dy, x, mean, variance];
    const ofParameters = once(() => g.apply(groupNormParameterGrad, [dy, x, mean, variance], attrs));
    return [
      () => g.apply(groupNormBackpropInput, factors, attrs)[0],
      ...(attrs.scale ? [() => ofParameters()[0]] : []),
      ...(attrs.center ? [() => ofParameters()[1]] : []),
    ];
  },
});

/** ∂loss/∂x of a group normalization, of x's type. Inputs: dy, x, gamma (if `scale`), mean, variance. */
export const groupNormBackpropInput = defineOp<GroupNormAttrs>({
  name: "group_norm_backprop_input",
  infer(inputs, attrs) {
    expectInputs("group_norm_backprop_input", inputs, attrs.scale ? 5 : 4);
    const [dy, x] = inputs;
    expectGroups("group_norm_backprop_input", x, attrs);
    expectShape("group_norm_backprop_input", "dy, like x,", dy, x.shape, x.dtype);
    return [x];
  },
  lower(ctx, [dy, x, ...rest], [dx], attrs) {
    const [mean, variance] = rest.slice(-2);
    launchGroups(ctx, "group_norm_backprop_input", x.shape, attrs, {
      kernel: groupNormGradKernel,
      walked: [dx!, dy, x, mean, variance],
      // A gamma that is not there is never read.
      whole: [attrs.scale ? rest[0] : mean],
      constants: { has_gamma: Number(attrs.scale) },
      flopsPerElement: 16,
    });
  },
});

/** Gradients of a group normalization with respect to gamma and beta, float32. Inputs: dy, x, mean, variance. */
export const groupNormParameterGrad = defineOp<GroupNormAttrs>({
  name: "group_norm_parameter_grad",
  infer(inputs, attrs) {
    expectInputs("group_norm_parameter_grad", inputs, 4);
    const [dy, x] = inputs;
    expectGroups("group_norm_parameter_grad", x, attrs);
    expectShape("group_norm_parameter_grad", "dy, like x,", dy, x.shape, x.dtype);
    const shape = parameterShape(x.shape, attrs);
    return [float32(...shape), float32(...shape)];
  },
  lower(ctx, [dy, x, mean, variance], [dgamma, dbeta], attrs) {
    const { batch, rows, groups, inner } = geometryOf(x.shape, attrs);
    reduceColumns(ctx, {
      op: "group_norm_parameter_grad",
      kernels: gradientKernels,
      rows: batch * rows,
      columns: groups * inner,
      period: inner,
      matrices: [dy, x],
      vectors: [mean, variance],
      outputs: [dgamma!, dbeta ?? ctx.scratch(float32(groups * inner))],
      constants: (lanes) => ({
        epsilon: attrs.epsilon,
        rows_of_sample: rows,
        columns_of_group: inner / lanes,
        groups,
      }),
      flopsPerElement: 6,
    });
  },
});

interface GroupLaunch {
  readonly kernel: Kernel;
  readonly walked: readonly Operand[];
  readonly whole: readonly Operand[];
  readonly constants: Readonly<Record<string, number>>;
  readonly flopsPerElement: number;
}

/** A workgroup for each group of each sample. */
function launchGroups(
  ctx: LowerContext,
  op: string,
  shape: Shape,
  attrs: GroupNormAttrs,
  { flopsPerElement, constants, ...launch }: GroupLaunch,
): void {
  const { batch, rows, groups, inner } = geometryOf(shape, attrs);
  launchUnits(ctx, {
    op,
    ...launch,
    units: batch,
    prelude: elementPrelude("f32", launch.walked[0].dtype),
    constants: { ...constants, epsilon: attrs.epsilon },
    params: { rows, groups, inner },
    invocationsPerUnit: groups * ROW_WORKGROUP_SIZE,
    workgroupSize: ROW_WORKGROUP_SIZE,
    flopsPerUnit: flopsPerElement * rows * groups * inner,
  });
}
