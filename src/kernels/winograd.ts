/**
 * Winograd's F(2×2, 3×3) (Lavin and Gray, 2015, "Fast algorithms for convolutional neural networks"): 3 × 3 convolutions
 * of stride 1 with 16 multiplications for every 4 outputs instead of 36, as 16 matrix products between transforms.
 */
import linearIndex from "../../wgsl/common/linear_index.wgsl";
import inputTransform from "../../wgsl/winograd_input_transform.wgsl";
import kernelTransform from "../../wgsl/winograd_kernel_transform.wgsl";
import operands from "../../wgsl/winograd_operands.wgsl";
import outputTransform from "../../wgsl/winograd_output_transform.wgsl";
import { byteLengthOf, sizeOf, type TensorSpec } from "../tensor.js";
import { activate, activationCodes, type Activation } from "./activation.js";
import { gemmKernels, launchGemm } from "./gemm.js";
import { elementPrelude, elementType, lanesOf, WORKGROUP_SIZE } from "./launchUnits.js";
import {
  float32,
  linearWorkgroups,
  sliceBytes,
  type DeviceCaps,
  type Kernel,
  type LowerContext,
  type Operand,
} from "./op.js";
import { alignedUnits, bindingRanges, bytesPer, leastCommonMultiple, sliceRange } from "./ranges.js";
import type { Pads, Size2d } from "./window2d.js";

/** A convolution as `conv2d` takes it, kernel 3 × 3 and strides 1. */
export interface WinogradConvolution {
  readonly x: Operand;
  readonly kernel: Operand;
  readonly bias?: Operand;
  readonly y: Operand;
  readonly pads: Pads;
  readonly activation: Activation;
}

/** What the choice between the variants of a convolution depends on besides the adapter. */
export interface WinogradShape {
  readonly x: TensorSpec;
  readonly kernel: TensorSpec;
  readonly y: TensorSpec;
}

/** Points of the transforms: F(2×2, 3×3) works on windows of 4 × 4. */
const POINTS = 16;

/** Bytes that the transformed input, and likewise the products, of one range of pictures may take. */
const SCRATCH_BYTES = 64 * 2 ** 20;

/**
 * What a transform takes for each of its results, in multiply-adds of the matrix products: measured on lavapipe, by where
 * both variants take equally long. GPUs are left to the direct variant: nothing has been measured there.
 */
const TRANSFORM_COST = 16;

const products = gemmKernels("winograd", operands);

const kernelTransformKernel: Kernel = {
  name: "winograd_kernel_transform",
  source: linearIndex + kernelTransform,
  access: ["read_write", "read"],
};

const inputTransformKernel: Kernel = {
  name: "winograd_input_transform",
  source: linearIndex + inputTransform,
  access: ["read_write", "read"],
};

const outputTransformKernel: Kernel = {
  name: "winograd_output_transform",
  source: linearIndex + activate + outputTransform,
  access: ["read_write", "read", "read"],
};

/**
 * Whether a convolution is to be computed this way: on CPU adapters, where the products and the transforms of input,
 * output and kernel together take less than the direct product, and a range of pictures fits the scratch.
 */
export function winogradPays(caps: DeviceCaps, shape: WinogradShape, strides: Size2d): boolean {
  const [kernelHeight, kernelWidth, inChannels, outChannels] = shape.kernel.shape;
  if (!caps.software || kernelHeight !== 3 || kernelWidth !== 3) return false;
  if (strides[0] !== 1 || strides[1] !== 1) return false;
  const tiles = sizeOf(tileGrid(shape.y));
  const products = tiles * inChannels * outChannels;
  const transforms = tiles * (inChannels + outChannels) + inChannels * outChannels;
  const direct = 9 * (sizeOf(shape.y.shape) / outChannels) * inChannels * outChannels;
  return POINTS * (products + TRANSFORM_COST * transforms) < direct && fitsScratch(caps, shape);
}

/** Launches the transform of the kernel, then input transform, products and output transform of each range of pictures. */
export function launchWinograd(ctx: LowerContext, convolution: WinogradConvolution): void {
  const { x, kernel, y } = convolution;
  const [batch] = x.shape;
  const [, , inChannels, outChannels] = kernel.shape;
  const u = ctx.scratch(float32(POINTS, inChannels, outChannels));
  launchKernelTransform(ctx, kernel, u);
  const bytes = bytesPerPicture(convolution);
  const ranges = bindingRanges("conv2d", scratchCaps(ctx.caps), batch, Object.values(bytes));
  const [, down, across] = tileGrid(y);
  const planes = (channels: number) => float32(POINTS, ranges[0].count * down * across, channels);
  const v = ctx.scratch(planes(inChannels));
  const m = ctx.scratch(planes(outChannels));
  for (const range of ranges) {
    launchRange(ctx, {
      ...convolution,
      x: sliceRange(x, range, batch),
      y: sliceRange(y, range, batch),
      u,
      v: sliceBytes(v, 0, range.count * bytes.v),
      m: sliceBytes(m, 0, range.count * bytes.m),
      tiles: range.count * down * across,
    });
  }
}

function launchKernelTransform(ctx: LowerContext, kernel: Operand, u: Operand): void {
  const size = sizeOf(kernel.shape) / 9;
  const type = elementType(size);
  ctx.launch({
    kernel: kernelTransformKernel,
    prelude: elementPrelude(type),
    args: [u, kernel],
    workgroups: linearWorkgroups(size / lanesOf(type), WORKGROUP_SIZE, ctx.caps),
  });
}

interface WinogradRange extends WinogradConvolution {
  /** Transformed kernel, [point, cin, cout]. */
  readonly u: Operand;
  /** Transformed input, [point, tile, cin]. */
  readonly v: Operand;
  /** Products, [point, tile, cout]. */
  readonly m: Operand;
  readonly tiles: number;
}

function launchRange(ctx: LowerContext, range: WinogradRange): void {
  const { x, bias, y, pads, activation, u, v, m, tiles } = range;
  const [, inHeight, inWidth, inChannels] = x.shape;
  const [, outHeight, outWidth, outChannels] = y.shape;
  const [, down, across] = tileGrid(y);
  const grid = { tiles_down: down, tiles_across: across };
  const inType = elementType(inChannels);
  const outType = elementType(outChannels);
  ctx.launch({
    kernel: inputTransformKernel,
    prelude: elementPrelude(inType),
    constants: {
      ...grid,
      in_height: inHeight,
      in_width: inWidth,
      channels: inChannels / lanesOf(inType),
      pad_top: pads[0],
      pad_left: pads[2],
    },
    args: [v, x],
    workgroups: linearWorkgroups((tiles / across) * 4 * (inChannels / lanesOf(inType)), 64, ctx.caps),
  });
  launchGemm(ctx, {
    kernels: products,
    y: m,
    a: v,
    b: u,
    rows: tiles,
    columns: outChannels,
    depth: POINTS * inChannels,
    parts: POINTS,
    contiguousInK: { a: true, b: false },
    constants: { in_channels: inChannels },
  });
  ctx.launch({
    kernel: outputTransformKernel,
    prelude: elementPrelude(outType),
    constants: {
      ...grid,
      out_height: outHeight,
      out_width: outWidth,
      channels: outChannels / lanesOf(outType),
      has_bias: Number(bias !== undefined),
      activation: activationCodes[activation],
    },
    // Without a bias its binding is never read; any readable buffer will do.
    args: [y, m, bias ?? m],
    workgroups: linearWorkgroups((tiles * outChannels) / lanesOf(outType), WORKGROUP_SIZE, ctx.caps),
  });
}

/** Tiles of 2 × 2 outputs: pictures, down, across. */
function tileGrid({ shape: [pictures, height, width] }: TensorSpec): [number, number, number] {
  return [pictures, Math.ceil(height / 2), Math.ceil(width / 2)];
}

function bytesPerPicture({ x, y }: Pick<WinogradShape, "x" | "y">) {
  const [pictures, down, across] = tileGrid(y);
  const planes = (channels: number) => 4 * POINTS * down * across * channels;
  return { x: bytesPer(x, pictures), y: bytesPer(y, pictures), v: planes(x.shape[3]), m: planes(y.shape[3]) };
}

function scratchCaps(caps: DeviceCaps): DeviceCaps {
  const maxStorageBufferBindingSize = Math.min(caps.maxStorageBufferBindingSize, SCRATCH_BYTES);
  return { ...caps, maxStorageBufferBindingSize };
}

/** Whether the transformed kernel, and as many pictures as alignment keeps together, fit the scratch. */
function fitsScratch(caps: DeviceCaps, { x, kernel, y }: WinogradShape): boolean {
  const limit = scratchCaps(caps).maxStorageBufferBindingSize;
  const bytes = Object.values(bytesPerPicture({ x, y }));
  const together = Math.min(x.shape[0], bytes.map(alignedUnits).reduce(leastCommonMultiple, 1));
  return (POINTS / 9) * byteLengthOf(kernel) <= limit && together * Math.max(...bytes) <= limit;
}
