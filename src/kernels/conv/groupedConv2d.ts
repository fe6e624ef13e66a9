/**
 * Convolutions whose channels fall into groups, each convolved by itself, and their gradients: element by element, since the
 * matrix products of a group are small. A depthwise convolution has a group for each input channel.
 */
import firstWindow from "../../../wgsl/common/first_window.wgsl";
import depthwiseFilterSource from "../../../wgsl/conv/depthwise_conv2d_backprop_filter.wgsl";
import backpropFilterSource from "../../../wgsl/conv/grouped_conv2d_backprop_filter.wgsl";
import backpropInputSource from "../../../wgsl/conv/grouped_conv2d_backprop_input.wgsl";
import window from "../../../wgsl/conv/grouped_window.wgsl";
import groupedSource from "../../../wgsl/conv/grouped_conv2d.wgsl";
import { sizeOf, type Shape } from "../../tensor.js";
import { invocationKernel } from "../common/elementKernel.js";
import { imageKernel, launchImages } from "../common/launchImages.js";
import { lanesOf, ROW_WORKGROUP_SIZE, storedType, type ElementType } from "../common/launchUnits.js";
import { bindingRanges, bytesPer, sliceRange } from "../common/ranges.js";
import { activate, activationCode, type Activation } from "../elementwise/activation.js";
import { float32, linearWorkgroups, type Kernel, type LowerContext, type Operand } from "../op.js";
import { sumRows } from "../shape/sumRows.js";
import type { ConvWindow } from "./convolution.js";
import { launchDepthwise } from "./launchDepthwise.js";

/** Sizes of images, which every layer has its own of; the window is compiled in (wgsl/conv/grouped_window.wgsl). */
const sizes = ["in_height", "in_width", "out_height", "out_width", "pad_top", "pad_left"] as const;

const groupedKernel = imageKernel("grouped_conv2d", activate + window + groupedSource, 3, [
  ...sizes,
  "in_channels",
]);

const backpropInputKernel = imageKernel(
  "grouped_conv2d_backprop_input",
  window + firstWindow + backpropInputSource,
  2,
  [...sizes, "out_channels"],
);

const backpropFilterKernel = invocationKernel(
  "grouped_conv2d_backprop_filter",
  window + backpropFilterSource,
  ["read_write", "read", "read"],
  [...sizes, "in_channels", "out_channels", "images", "lines", "parts", "first_part"],
);

const depthwiseFilterKernel = invocationKernel(
  "depthwise_conv2d_backprop_filter",
  depthwiseFilterSource,
  ["read_write", "read", "read"],
  [...sizes, "channels", "images", "lines", "parts", "first_part"],
);

/** What the three launches share: x [n, h, w, cin], kernel [kh, kw, cin / groups, cout], y [n, h', w', cout]. */
export interface GroupedShapes {
  readonly x: Shape;
  readonly kernel: Shape;
  readonly y: Shape;
  readonly window: ConvWindow;
  readonly groups: number;
}

/** Those of the shapes. For the gradients, y is dy, and what is computed stands where x or the kernel does. */
type GroupedTensors = Readonly<Record<"x" | "kernel" | "y", Operand>>;

/** How many lanes go across output channels, and across input channels. */
function typesOf({ x, y, groups }: GroupedShapes): { readonly T: ElementType; readonly X: ElementType } {
  const [inputs, outputs] = [x[3] / groups, y[3] / groups];
  if (inputs === 1 && outputs === 1 && x[3] % 4 === 0) return { T: "vec4f", X: "vec4f" };
  return { T: outputs % 4 === 0 ? "vec4f" : "f32", X: "f32" };
}

/** Whether each channel has one output, and neighbours in a row of the kernel are neighbours in the image. */
function isPlainDepthwise({ x, y, window, groups }: GroupedShapes): boolean {
  return groups === x[3] && groups === y[3] && (window.dilations?.[1] ?? 1) === 1;
}

function sizesOf({ x, y, window: { pads } }: GroupedShapes) {
  return {
    in_height: x[1],
    in_width: x[2],
    out_height: y[1],
    out_width: y[2],
    pad_top: pads[0],
    pad_left: pads[2],
  };
}

function constantsOf(shapes: GroupedShapes, { T, X }: { readonly T: ElementType; readonly X: ElementType }) {
  const { kernel, y, window, groups } = shapes;
  const { strides, dilations = [1, 1] } = window;
  const outputs = y[3] / groups;
  return {
    kernel_height: kernel[0],
    kernel_width: kernel[1],
    stride_height: strides[0],
    stride_width: strides[1],
    dilation_height: dilations[0],
    dilation_width: dilations[1],
    group_inputs: kernel[2],
    // Four groups at once have one output each; else four outputs belong to one group.
    group_outputs: T === X ? outputs : outputs / lanesOf(T),
  };
}

function inputPrelude(type: ElementType, { dtype }: Operand): string[] {
  return [`alias X = ${type};`, `alias StoredX = ${storedType(type, dtype)};`];
}

/** y = activation(x ⋆ kernel + bias) */
export function launchGrouped(
  ctx: LowerContext,
  op: string,
  { x, kernel, bias, y }: GroupedTensors & { readonly bias?: Operand },
  shapes: GroupedShapes,
  activation: Activation,
): void {
  const { strides, pads, dilations } = shapes.window;
  if (isPlainDepthwise(shapes)) {
    const above: [number, number] = [pads[0], pads[2]];
    const grouped = { ...kernel, shape: shapes.kernel };
    launchDepthwise(ctx, {
      op,
      x,
      kernel: grouped,
      bias,
      y,
      strides,
      pads: above,
      dilationHeight: dilations?.[0],
      activation,
    });
    return;
  }
  const types = typesOf(shapes);
  launchImages(ctx, {
    op,
    kernel: groupedKernel,
    type: types.T,
    result: y,
    walked: [x],
    // Without a bias its binding is never read; any readable buffer will do.
    whole: [kernel, bias ?? kernel],
    prelude: inputPrelude(types.X, x),
    constants: {
      ...constantsOf(shapes, types),
      has_bias: Number(bias !== undefined),
      activation: activationCode(activation),
    },
    params: { ...sizesOf(shapes), in_channels: shapes.x[3] / lanesOf(types.X) },
    flopsPerElement: (2 * sizeOf(shapes.kernel)) / shapes.kernel[3],
  });
}

/** dx of a grouped convolution. */
export function launchGroupedBackpropInput(
  ctx: LowerContext,
  op: string,
  { y: dy, kernel, x: dx }: GroupedTensors,
  shapes: GroupedShapes,
): void {
  const { strides, pads, dilations } = shapes.window;
  const [kernelHeight, kernelWidth] = shapes.kernel;
  const dilationHeight = dilations?.[0] ?? 1;
  // With strides of 1 it is the convolution with the turned kernel.
  const turnedPads: [number, number] = [
    (kernelHeight - 1) * dilationHeight - pads[0],
    kernelWidth - 1 - pads[2],
  ];
  if (isPlainDepthwise(shapes) && Math.max(...strides) === 1 && Math.min(...turnedPads) >= 0) {
    const turned = { kernel, strides, pads: turnedPads, dilationHeight, turned: true };
    launchDepthwise(ctx, { op, x: dy, y: dx, ...turned });
    return;
  }
  // Lanes go across input channels here, which are neighbours in the kernel only where a group has one of each.
  const { X: type } = typesOf(shapes);
  launchImages(ctx, {
    op,
    kernel: backpropInputKernel,
    type,
    result: dx,
    walked: [dy],
    whole: [kernel],
    constants: constantsOf(shapes, { T: type, X: type }),
    params: { ...sizesOf(shapes), out_channels: shapes.y[3] / lanesOf(type) },
    flopsPerElement: (2 * sizeOf(shapes.kernel) * sizeOf(shapes.y)) / shapes.kernel[3] / sizeOf(shapes.x),
  });
}

/** How the gradient of the kernel is launched; `invocations` a part. */
interface FilterLaunch {
  readonly kernel: Kernel;
  readonly prelude: (x: Operand) => readonly string[];
  readonly constants: Readonly<Record<string, number>>;
  readonly params: Readonly<Record<string, number>>;
  readonly invocations: number;
}

/** An invocation for each element, or four, of the kernel. */
function ofGroups(shapes: GroupedShapes, types: ReturnType<typeof typesOf>): FilterLaunch {
  return {
    kernel: backpropFilterKernel,
    prelude: (x) => inputPrelude(types.X, x),
    constants: constantsOf(shapes, types),
    params: {
      in_channels: shapes.x[3] / lanesOf(types.X),
      out_channels: shapes.y[3] / lanesOf(types.T),
    },
    invocations: sizeOf(shapes.kernel) / lanesOf(types.T),
  };
}

/** An invocation for each row of the kernel of a channel, or four. */
function ofDepthwise({ kernel, y, window }: GroupedShapes, type: ElementType): FilterLaunch {
  const [kernelHeight, kernelWidth] = kernel;
  const channels = y[3] / lanesOf(type);
  return {
    kernel: depthwiseFilterKernel,
    prelude: () => [`const kernel_width = ${kernelWidth}u;`],
    constants: {
      kernel_height: kernelHeight,
      stride_height: window.strides[0],
      stride_width: window.strides[1],
      dilation_height: window.dilations?.[0] ?? 1,
    },
    params: { channels },
    invocations: kernelHeight * channels,
  };
}

/** Pixels of dy that one invocation adds up. */
const PIXELS = 128;

/** dkernel of a grouped convolution, float32. */
export function launchGroupedBackpropFilter(
  ctx: LowerContext,
  op: string,
  { x, y: dy, kernel: dkernel }: GroupedTensors,
  shapes: GroupedShapes,
): void {
  const types = typesOf(shapes);
  const [images, outHeight, outWidth] = shapes.y;
  const own = isPlainDepthwise(shapes) ? ofDepthwise(shapes, types.T) : ofGroups(shapes, types);
  const lines = Math.ceil(PIXELS / outWidth);
  const partsOf = (count: number) => Math.ceil((count * outHeight) / lines);
  const ranges = bindingRanges(op, ctx.caps, images, [bytesPer(x, images), bytesPer(dy, images)]);
  const parts = ranges.reduce((sum, { count }) => sum + partsOf(count), 0);
  const size = sizeOf(shapes.kernel);
  const result = parts > 1 ? ctx.scratch(float32(parts, size)) : dkernel;
  let firstPart = 0;
  for (const range of ranges) {
    const ownParts = partsOf(range.count);
    ctx.launch({
      kernel: own.kernel,
      prelude: [
        `alias T = ${types.T};`,
        `alias Stored = ${storedType(types.T, dy.dtype)};`,
        ...own.prelude(x),
      ].join("\n"),
      constants: { ...own.constants, workgroup_size: ROW_WORKGROUP_SIZE },
      params: {
        ...sizesOf(shapes),
        ...own.params,
        images: range.count,
        lines,
        parts: ownParts,
        first_part: firstPart,
      },
      args: [result, sliceRange(x, range, images), sliceRange(dy, range, images)],
      workgroups: linearWorkgroups(ownParts * own.invocations, ROW_WORKGROUP_SIZE, ctx.caps),
      flops: 2 * size * range.count * outHeight * outWidth,
    });
    firstPart += ownParts;
  }
  if (parts > 1) sumRows(ctx, op, result, dkernel, parts, size);
}
