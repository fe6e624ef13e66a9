/** What the convolution and its two gradients have in common. */
import { shapeError, WgraftError } from "../../errors.js";
import { byteLengthOf, formatSpec, type Shape, type TensorSpec } from "../../tensor.js";
import { expectRank, expectShape, floatTypes } from "../common/expect.js";
import type { DeviceCaps } from "../op.js";
import { dilatedSize, windowPositions, type Pads, type Size2d } from "../common/window2d.js";

export interface ConvWindow {
  readonly strides: Size2d;
  /** Zeros around x. */
  readonly pads: Pads;
  /** Steps between neighbouring elements of the kernel. Default [1, 1]. */
  readonly dilations?: Size2d;
  /** Equal parts of the channels, each convolved by itself. Default 1. */
  readonly groups?: number;
}

/** Shape of x ⋆ kernel, x NHWC and kernel HWIO with the inputs of one group, or a `shape` error. */
export function convolutionShape(
  op: string,
  x: TensorSpec,
  kernel: TensorSpec,
  { strides, pads, dilations = [1, 1], groups = 1 }: ConvWindow,
): [n: number, h: number, w: number, channels: number] {
  expectRank(op, "x", x, 4, floatTypes);
  expectRank(op, "kernel", kernel, 4);
  const [n, height, width, channels] = x.shape;
  const [kernelHeight, kernelWidth, inChannels, outChannels] = kernel.shape;
  if (inChannels * groups !== channels || outChannels % groups !== 0) {
    const parts = groups === 1 ? "" : ` in ${groups} groups`;
    throw shapeError(op, `a kernel for ${channels} channels${parts}`, formatSpec(kernel));
  }
  if (Math.min(...x.shape, ...kernel.shape) < 1) {
    throw shapeError(op, "dimensions of at least 1", `${formatSpec(x)} and ${formatSpec(kernel)}`);
  }
  const window = dilatedSize([kernelHeight, kernelWidth], dilations);
  const size = windowPositions(op, [height, width], window, strides, pads);
  return [n, ...size, outChannels];
}

/** Throws a `shape` error unless dy is the gradient of what x ⋆ kernel gives. */
export function expectResultOf(
  op: string,
  { x, kernel, dy }: { readonly x: TensorSpec; readonly kernel: TensorSpec; readonly dy: TensorSpec },
  window: ConvWindow,
): void {
  expectShape(op, "dy", dy, convolutionShape(op, x, kernel, window), x.dtype);
}

/** `params` that the three operands files share… */
export const convParams = [
  "in_height",
  "in_width",
  "out_height",
  "out_width",
  "kernel_width",
  "stride_height",
  "stride_width",
  "pad_top",
  "pad_left",
  "dilation_height",
  "dilation_width",
] as const;

/** … and their values. */
export function convParamsOf(
  x: Shape,
  kernel: Shape,
  y: Shape,
  { strides, pads, dilations = [1, 1] }: ConvWindow,
): Record<(typeof convParams)[number], number> {
  return {
    in_height: x[1],
    in_width: x[2],
    out_height: y[1],
    out_width: y[2],
    kernel_width: kernel[1],
    stride_height: strides[0],
    stride_width: strides[1],
    pad_top: pads[0],
    pad_left: pads[2],
    dilation_height: dilations[0],
    dilation_width: dilations[1],
  };
}

/**
 * Throws where a tensor, or one of `parts` equal parts of it, is larger than one storage binding may be.
 * @throws WgraftError `out-of-memory`.
 */
export function expectBindable(
  op: string,
  caps: DeviceCaps,
  tensors: Readonly<Record<string, TensorSpec | readonly [spec: TensorSpec, parts: number]>>,
): void {
  const limit = caps.maxStorageBufferBindingSize;
  for (const [what, tensor] of Object.entries(tensors)) {
    const [spec, parts] = "dtype" in tensor ? [tensor, 1] : tensor;
    const bytes = byteLengthOf(spec) / parts;
    if (bytes > limit) {
      throw new WgraftError(
        "out-of-memory",
        `${op}: ${what} takes ${bytes} bytes of ${formatSpec(spec)}; this adapter binds at most ${limit}`,
        { op, expected: limit, got: bytes },
      );
    }
  }
}
