/**
 * Convolutions of 3 × 3 and stride 1, and their gradients, by Winograd's F(2×2, 3×3) and F(4×4, 3×3) (Lavin and Gray,
 * 2015, "Fast algorithms for convolutional neural networks"): 16 multiplications for every 4 outputs, or 36 for every
 * 16, instead of 36 and 144, as 16 or 36 matrix products between transforms.
 */
import type { Activation } from "./activation.js";
import { launchGemm, type OperandLayout } from "./gemm.js";
import { matMulKernels } from "./matMul.js";
import { float32, type LowerContext, type Operand } from "./op.js";
import { bindingRanges, sliceRange } from "./ranges.js";
import type { Pads } from "./window2d.js";
import { reversed, transpose, type Winograd1d } from "./winogradMatrices.js";
import { betweenFloats, bytesPerPicture, scratchCaps, stackOf, tilesOf } from "./winogradScratch.js";
import { launchFromPoints, launchToPoints, type Stack, type Tiles } from "./winogradTransforms.js";

export interface WinogradConvolution {
  readonly algorithm: Winograd1d;
  /** [n, h, w, cin] */
  readonly x: Operand;
  /** [3, 3, cin, cout] */
  readonly kernel: Operand;
  /** [cout] */
  readonly bias?: Operand;
  /** [n, h', w', cout] */
  readonly y: Operand;
  readonly pads: Pads;
  readonly activation?: Activation;
}

/** y = activation(x ⋆ kernel + bias) */
export function launchWinograd(ctx: LowerContext, convolution: WinogradConvolution): void {
  const { kernel, algorithm } = convolution;
  const [, , inChannels, outChannels] = kernel.shape;
  const u = transformedKernel(ctx, algorithm, kernel, false);
  launchConvolution(ctx, convolution, u, {
    columnStride: 1,
    layout: { contiguousInK: false, fours: outChannels % 4 === 0, stride: outChannels },
    runStride: inChannels * outChannels,
  });
}

export interface WinogradBackpropInput {
  readonly algorithm: Winograd1d;
  readonly dy: Operand;
  readonly kernel: Operand;
  readonly dx: Operand;
  /** Of the convolution: 2 at most. */
  readonly pads: Pads;
}

/** dx from dy: its convolution with the kernel turned by 180°, input and output channels exchanged. */
export function launchWinogradBackpropInput(ctx: LowerContext, problem: WinogradBackpropInput): void {
  const { algorithm, dy, kernel, dx, pads } = problem;
  const [, , inChannels, outChannels] = kernel.shape;
  const u = transformedKernel(ctx, algorithm, kernel, true);
  const [top, bottom, left, right] = pads.map((pad) => 2 - pad);
  launchConvolution(ctx, { algorithm, x: dy, y: dx, pads: [top, bottom, left, right] }, u, {
    columnStride: outChannels,
    layout: { contiguousInK: true, fours: outChannels % 4 === 0, stride: 1 },
    runStride: inChannels * outChannels,
  });
}

/** The transformed kernel, [point, point, cin, cout], or that of the kernel turned by 180°. */
function transformedKernel(
  ctx: LowerContext,
  { points, filter }: Winograd1d,
  kernel: Operand,
  turned: boolean,
): Operand {
  const [, , inChannels, outChannels] = kernel.shape;
  const form = `Winograd, ${points} points${turned ? ", turned" : ""}`;
  return ctx.derive(kernel, form, float32(points, points, inChannels, outChannels), (u) => {
    launchToPoints(ctx, {
      x: kernel,
      v: u,
      between: ctx.scratch(float32(points, 3, inChannels, outChannels)),
      ...kernelStack(inChannels * outChannels),
      step: 0,
      pad: { top: 0, left: 0 },
      transform: turned ? reversed(filter) : filter,
    });
  });
}

/** How the products read the transformed kernel. */
interface KernelLayout {
  readonly layout: OperandLayout;
  readonly columnStride: number;
  /** From one point to the next. */
  readonly runStride: number;
}

function launchConvolution(
  ctx: LowerContext,
  convolution: Omit<WinogradConvolution, "kernel">,
  u: Operand,
  ofU: KernelLayout,
): void {
  const { algorithm, x, y, bias, pads, activation } = convolution;
  const scratch = rangesOf(ctx, algorithm, x, y);
  for (const { range, xStack, yStack, tiles, count, rowLength } of scratch.ranges) {
    const [batch, , , columns] = y.shape;
    launchToPoints(ctx, {
      x: sliceRange(x, range, batch),
      v: scratch.v,
      columns: rowLength,
      between: scratch.between,
      stack: xStack,
      tiles,
      step: algorithm.outputs,
      pad: { top: pads[0], left: pads[2] },
      transform: algorithm.input,
    });
    const parts = algorithm.points ** 2;
    const channels = xStack.channels;
    launchGemm(ctx, {
      kernels: matMulKernels,
      y: scratch.m,
      a: scratch.v,
      b: u,
      rows: count,
      columns,
      depth: parts * channels,
      parts,
      runLength: channels,
      layout: { a: { contiguousInK: false, fours: true, stride: rowLength }, b: ofU.layout },
      params: {
        runs: parts,
        a_run_stride: rowLength * channels,
        a_row_stride: 1,
        b_run_stride: ofU.runStride,
        b_column_stride: ofU.columnStride,
      },
    });
    launchFromPoints(ctx, {
      m: scratch.m,
      y: sliceRange(y, range, batch),
      between: scratch.between,
      stack: yStack,
      tiles,
      transform: algorithm.output,
      bias,
      activation,
    });
  }
}

export interface WinogradBackpropFilter {
  readonly algorithm: Winograd1d;
  readonly x: Operand;
  readonly dy: Operand;
  readonly dkernel: Operand;
  readonly pads: Pads;
}

/** dkernel from x and dy: the transposed algorithm, whose products add up the tiles. */
export function launchWinogradBackpropFilter(ctx: LowerContext, problem: WinogradBackpropFilter): void {
  const { algorithm, x, dy, dkernel, pads } = problem;
  const [, , inChannels, outChannels] = dkernel.shape;
  const [batch] = x.shape;
  const parts = algorithm.points ** 2;
  const scratch = rangesOf(ctx, algorithm, x, dy);
  const du = ctx.scratch(float32(algorithm.points, algorithm.points, inChannels, outChannels));
  for (const { range, xStack, yStack, tiles, count } of scratch.ranges) {
    const common = { between: scratch.between, tiles, step: algorithm.outputs };
    launchToPoints(ctx, {
      ...common,
      x: sliceRange(x, range, batch),
      v: scratch.v,
      stack: xStack,
      pad: { top: pads[0], left: pads[2] },
      transform: algorithm.input,
    });
    launchToPoints(ctx, {
      ...common,
      x: sliceRange(dy, range, batch),
      v: scratch.m,
      stack: yStack,
      pad: { top: 0, left: 0 },
      transform: transpose(algorithm.output),
    });
    launchGemm(ctx, {
      kernels: matMulKernels,
      y: du,
      a: scratch.v,
      b: scratch.m,
      accumulate: range.start > 0,
      rows: inChannels,
      columns: outChannels,
      depth: parts * count,
      parts,
      runLength: count,
      layout: {
        a: { contiguousInK: false, fours: inChannels % 4 === 0, stride: inChannels },
        b: { contiguousInK: false, fours: outChannels % 4 === 0, stride: outChannels },
      },
      params: {
        runs: parts,
        a_run_stride: count * inChannels,
        a_row_stride: 1,
        b_run_stride: count * outChannels,
        b_column_stride: 1,
      },
    });
  }
  launchFromPoints(ctx, {
    m: du,
    y: dkernel,
    between: ctx.scratch(float32(algorithm.points, 3, inChannels, outChannels)),
    ...kernelStack(inChannels * outChannels),
    transform: transpose(algorithm.filter),
  });
}

/** A kernel as one picture of 3 × 3, which is one tile. */
function kernelStack(channels: number): { stack: Stack; tiles: Tiles } {
  return { stack: { pictures: 1, height: 3, width: 3, channels }, tiles: { down: 1, across: 1 } };
}

/** Ranges of pictures whose points fit the scratch, and that scratch: v of x, m of y, and what lies between two axes. */
function rangesOf(ctx: LowerContext, algorithm: Winograd1d, x: Operand, y: Operand) {
  const [batch] = x.shape;
  const tiles = tilesOf(y.shape, algorithm);
  const tilesPerPicture = tiles.down * tiles.across;
  const bytes = bytesPerPicture(ctx.caps, { x, y }, algorithm);
  const ranges = bindingRanges("conv2d", scratchCaps(ctx.caps), batch, bytes);
  const most = ranges[0].count;
  const points = (channels: number) =>
    ctx.scratch(float32(algorithm.points, algorithm.points, inFours(most * tilesPerPicture), channels));
  return {
    v: points(x.shape[3]),
    m: points(y.shape[3]),
    between: ctx.scratch(float32(most * betweenFloats({ x, y }, algorithm))),
    ranges: ranges.map((range) => ({
      range,
      xStack: stackOf(x.shape, range.count),
      yStack: stackOf(y.shape, range.count),
      tiles,
      /** Tiles of all pictures of the range. */
      count: range.count * tilesPerPicture,
      rowLength: inFours(range.count * tilesPerPicture),
    })),
  };
}

/** The next multiple of four. */
function inFours(count: number): number {
  return 4 * Math.ceil(count / 4);
}
