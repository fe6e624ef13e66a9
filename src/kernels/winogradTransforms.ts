/** Winograd's transforms in two dimensions: one axis after the other, through a buffer between them. */
import linearTransformBack from "../../wgsl/winograd_from_points.wgsl";
import columnTransform from "../../wgsl/winograd_to_columns.wgsl";
import linearTransform from "../../wgsl/winograd_to_points.wgsl";
import { activate, activationCodes, type Activation } from "./activation.js";
import { elementPrelude, elementType, lanesOf, type ElementType } from "./launchUnits.js";
import type { Kernel, LowerContext, Operand } from "./op.js";
import type { Matrix } from "./winogradMatrices.js";

const toPoints: Kernel = {
  name: "winograd_to_points",
  source: linearTransform,
  access: ["read_write", "read"],
  params: ["length", "inner", "tiles", "step", "pad"],
};

const toColumns: Kernel = {
  name: "winograd_to_columns",
  source: columnTransform,
  access: ["read_write", "read"],
  params: ["length", "down", "across", "channels", "pictures", "tiles", "step", "pad"],
};

const fromPoints: Kernel = {
  name: "winograd_from_points",
  source: activate + linearTransformBack,
  access: ["read_write", "read", "read"],
  params: ["length", "inner", "tiles"],
};

/** A stack of `pictures` of height × width × channels. */
export interface Stack {
  readonly pictures: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export interface ToPoints {
  /** The picture stack. */
  readonly x: Operand;
  /** [point, point, picture, tile row, tile column, channel] */
  readonly v: Operand;
  /**
   * Write v as [point, point, channel, tile] instead, the tiles of all pictures in rows of this length, a multiple of 4:
   * what a product reads as its left operand faster.
   */
  readonly columns?: number;
  /** Holds [point, picture · row, tile column, channel] in between. */
  readonly between: Operand;
  readonly stack: Stack;
  /** Of windows. */
  readonly tiles: Tiles;
  /** From one window to the next. */
  readonly step: number;
  readonly pad: { readonly top: number; readonly left: number };
  /** [points, taps] */
  readonly transform: Matrix;
}

export interface Tiles {
  readonly down: number;
  readonly across: number;
}

/** v = T x Tᵀ for every window of every picture and channel. */
export function launchToPoints(ctx: LowerContext, problem: ToPoints): void {
  const { x, v, between, stack, tiles, step, pad, transform } = problem;
  const points = transform.length;
  const common = { kernel: toPoints, step, transform, counts: { points, taps: transform[0].length } };
  launchAxis(ctx, {
    ...common,
    args: [between, x],
    outer: stack.pictures * stack.height,
    length: stack.width,
    inner: stack.channels,
    tiles: tiles.across,
    pad: pad.left,
  });
  if (problem.columns) {
    launchColumns(ctx, problem, problem.columns);
    return;
  }
  launchAxis(ctx, {
    ...common,
    args: [v, between],
    outer: points * stack.pictures,
    length: stack.height,
    inner: tiles.across * stack.channels,
    tiles: tiles.down,
    pad: pad.top,
  });
}

function launchColumns(ctx: LowerContext, problem: ToPoints, rowLength: number): void {
  const { v, between, stack, tiles, step, pad, transform } = problem;
  const points = transform.length;
  const type = elementType(stack.channels);
  const channels = stack.channels / lanesOf(type);
  const width = workgroupWidth(channels);
  ctx.launch({
    kernel: toColumns,
    prelude: [
      transformPrelude(type, transform, { points, taps: transform[0].length }),
      `const lanes_of_t = ${lanesOf(type)}u;`,
    ].join("\n"),
    constants: { width },
    params: {
      length: stack.height,
      ...tiles,
      channels,
      pictures: stack.pictures,
      tiles: rowLength,
      step,
      pad: pad.top,
    },
    args: [v, between],
    workgroups: [Math.ceil(channels / width), tiles.across, points * stack.pictures],
  });
}

export interface FromPoints {
  /** [point, point, picture, tile row, tile column, channel] */
  readonly m: Operand;
  /** The picture stack. */
  readonly y: Operand;
  /** Holds [point, picture, row, tile column, channel] in between. */
  readonly between: Operand;
  readonly stack: Stack;
  readonly tiles: Tiles;
  /** [outputs, points] */
  readonly transform: Matrix;
  /** [channels] */
  readonly bias?: Operand;
  /** Default "linear". */
  readonly activation?: Activation;
}

/** y = activation(T m Tᵀ + bias) for every tile of every picture and channel. */
export function launchFromPoints(ctx: LowerContext, problem: FromPoints): void {
  const { m, y, between, stack, tiles, transform, bias, activation = "linear" } = problem;
  const points = transform[0].length;
  const common = { kernel: fromPoints, transform, counts: { points, outputs: transform.length } };
  launchAxis(ctx, {
    ...common,
    // Without a bias its binding is never read; any readable buffer will do.
    args: [between, m, m],
    outer: points * stack.pictures,
    length: stack.height,
    inner: tiles.across * stack.channels,
    tiles: tiles.down,
    constants: { has_bias: 0, activation: activationCodes.linear },
  });
  launchAxis(ctx, {
    ...common,
    args: [y, between, bias ?? between],
    outer: stack.pictures * stack.height,
    length: stack.width,
    inner: stack.channels,
    tiles: tiles.across,
    constants: { has_bias: Number(bias !== undefined), activation: activationCodes[activation] },
  });
}

interface Axis {
  readonly kernel: Kernel;
  readonly args: readonly Operand[];
  readonly transform: Matrix;
  readonly counts: Readonly<Record<string, number>>;
  readonly constants?: Readonly<Record<string, number>>;
  /** Elements before, along and after the axis. */
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly tiles: number;
  readonly step?: number;
  readonly pad?: number;
}

/** Grids are limited to this many workgroups in each dimension, on every adapter. */
export const MOST_WORKGROUPS = 65535;

function launchAxis(ctx: LowerContext, axis: Axis): void {
  const { kernel, args, transform, counts, constants, outer, length, tiles, step = 0, pad = 0 } = axis;
  const type = elementType(axis.inner);
  const inner = axis.inner / lanesOf(type);
  const width = workgroupWidth(inner);
  ctx.launch({
    kernel,
    prelude: transformPrelude(type, transform, counts),
    constants: { width, ...constants },
    params: { length, inner, tiles, step, pad },
    args,
    workgroups: [Math.ceil(inner / width), outer, 1],
    flops: 2 * axis.inner * tiles * outer * transform.length * transform[0].length,
  });
}

/** Invocations of a workgroup that walks `inner` elements: few idle ones where there are few elements. */
function workgroupWidth(inner: number): number {
  return Math.min(256, 2 ** Math.ceil(Math.log2(Math.max(8, inner))));
}

function transformPrelude(type: ElementType, transform: Matrix, counts: Readonly<Record<string, number>>) {
  return [
    elementPrelude(type),
    ...Object.entries(counts).map(([name, count]) => `const ${name} = ${count}u;`),
    `const transform = ${wgslMatrix(transform)};`,
  ].join("\n");
}

function wgslMatrix(matrix: Matrix): string {
  const rows = matrix.map((row) => `array(${row.map((value) => `f32(${value})`).join(", ")})`);
  return `array(${rows.join(", ")})`;
}
