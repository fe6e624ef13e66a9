/** The kernel of depthwise convolutions with one output for each channel, which most of them are. */
import depthwiseSource from "../../../wgsl/conv/depthwise_conv2d.wgsl";
import { launchImages } from "../common/launchImages.js";
import { elementType } from "../common/launchUnits.js";
import type { Size2d } from "../common/window2d.js";
import { activate, activationCode, type Activation } from "../elementwise/activation.js";
import type { Kernel, LowerContext, Operand } from "../op.js";

const depthwiseKernel: Kernel = {
  name: "depthwise_conv2d",
  source: activate + depthwiseSource,
  access: ["read_write", "read", "read", "read"],
  params: ["height", "width", "channels", "in_height", "in_width", "pad_top", "pad_left"],
};

/** Columns of y that an invocation computes. */
const COLUMNS = 4;

export interface Depthwise {
  readonly op: string;
  /** [n, h, w, c] */
  readonly x: Operand;
  /** [kh, kw, 1, c] */
  readonly kernel: Operand;
  readonly bias?: Operand;
  /** [n, h', w', c] */
  readonly y: Operand;
  readonly strides: Size2d;
  /** Zeros above and left of x, ≥ 0. */
  readonly pads: readonly [top: number, left: number];
  /** Default 1. */
  readonly dilationHeight?: number;
  /** Default "linear". */
  readonly activation?: Activation;
  /** Whether the kernel is turned by 180°. Default false. */
  readonly turned?: boolean;
}

/** y = activation(x ⋆ kernel + bias), each channel by itself. */
export function launchDepthwise(ctx: LowerContext, convolution: Depthwise): void {
  const { op, x, kernel, bias, y, strides, pads, dilationHeight = 1, activation = "linear" } = convolution;
  const [, in_height, in_width, channels] = x.shape;
  const [kernelHeight, kernelWidth] = kernel.shape;
  launchImages(ctx, {
    op,
    kernel: depthwiseKernel,
    type: elementType(channels),
    result: y,
    walked: [x],
    // Without a bias its binding is never read; any readable buffer will do.
    whole: [kernel, bias ?? kernel],
    prelude: [`const kernel_width = ${kernelWidth}u;`],
    constants: {
      kernel_height: kernelHeight,
      stride_height: strides[0],
      stride_width: strides[1],
      dilation_height: dilationHeight,
      turned: Number(convolution.turned ?? false),
      has_bias: Number(bias !== undefined),
      activation: activationCode(activation),
      skip_outside: Number(ctx.caps.software),
    },
    params: { in_height, in_width, pad_top: pads[0], pad_left: pads[1] },
    columns: COLUMNS,
    flopsPerElement: 2 * kernelHeight * kernelWidth,
  });
}
