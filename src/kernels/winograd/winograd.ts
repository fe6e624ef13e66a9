/**
 * Convolutions of 3 × 3 and stride 1, and their gradients, by Winograd's F(2×2, 3×3) and F(4×4, 3×3) (Lavin and Gray,
 * 2015, "Fast algorithms for convolutional neural networks"): 16 multiplications for every 4 outputs, or 36 for every
 * 16, instead of 36 and 144, as 16 or 36 matrix products between transforms.
 */
import type { Activation } from "../elementwise/activation.js";
import type { GemmKernel } from "../gemm/gemmProblem.js";
import { float32, type DeviceCaps, type LowerContext, type Operand } from "../op.js";
import { inFours, launchPanelProduct, panelElements, panelWidths } from "./panelProduct.js";
import type { TensorSpec } from "../../tensor.js";
import { sliceRange } from "../common/ranges.js";
import type { Pads } from "../common/window2d.js";
import { reversed, transpose, type Winograd1d } from "./winogradMatrices.js";
import { imageRanges, stackOf, tilesOf } from "./winogradScratch.js";
import {
  filters,
  launchTileMap,
  panels,
  images,
  products,
  toFilters,
  toImages,
  type Panels,
} from "./winogradTransforms.js";

export interface WinogradProblem {
  readonly algorithm: Winograd1d;
  /** For the products between the transforms, which are float32. */
  readonly products: GemmKernel;
  /** [n, h, w, cin], or its gradient */
  readonly x: Operand;
  /** [3, 3, cin, cout], or its gradient */
  readonly kernel: Operand;
  /** [n, h', w', cout], or its gradient */
  readonly y: Operand;
  /** Zeros around x; for the gradient of x 2 at most. */
  readonly pads: Pads;
  /** [cout] */
  readonly bias?: Operand;
  readonly activation?: Activation;
  /** What the convolution makes where y is the maximum of every 2 × 2 of that. Default: y. */
  readonly pooled?: TensorSpec;
}

/** y = activation(x ⋆ kernel + bias) */
export function launchWinograd(ctx: LowerContext, convolution: WinogradProblem): void {
  launchConvolution(ctx, convolution, false);
}

/** dx from dy: its convolution with the kernel turned by 180°, input and output channels exchanged. */
export function launchWinogradBackpropInput(ctx: LowerContext, gradient: WinogradProblem): void {
  const { algorithm, products, x: dx, kernel, y: dy } = gradient;
  const [top, bottom, left, right] = gradient.pads.map((pad) => 2 - pad);
  const pads: Pads = [top, bottom, left, right];
  launchConvolution(ctx, { algorithm, products, x: dy, kernel, y: dx, pads }, true);
}

function launchConvolution(ctx: LowerContext, convolution: WinogradProblem, turned: boolean): void {
  const { algorithm, products: product, x, kernel, y, bias, pads, activation, pooled } = convolution;
  const result = pooled ?? y;
  const { outputs, points, input, output } = algorithm;
  const [batch, , , inChannels] = x.shape;
  const columns = y.shape[3];
  const parts = points ** 2;
  const depth = inFours(inChannels);
  const tiles = tilesOf(result.shape, algorithm);
  const ranges = imageRanges(ctx.caps, { x, y: result }, algorithm);
  const most = ranges[0].count * tiles.down * tiles.across;
  const widths = panelWidths(product, ctx.caps, most, columns);
  const u = transformedKernel(ctx, { algorithm, kernel, turned, width: widths.columns });
  const v = ctx.scratch(float32(parts, panelElements(widths.rows, most, depth)));
  const m = ctx.scratch(float32(parts, most, inFours(columns)));
  for (const range of ranges) {
    const rows = range.count * tiles.down * tiles.across;
    launchTileMap(ctx, {
      from: images(sliceRange(x, range, batch), stackOf(x.shape, range.count), tiles, outputs, pads),
      to: panels(v, tileColumns(ctx.caps, { width: widths.rows, size: rows, depth })),
      matrix: input,
      tiles: rows,
      channels: inChannels,
    });
    launchPanelProduct(ctx, {
      kernel: product,
      widths,
      y: m,
      a: v,
      b: u,
      parts,
      rows,
      columns,
      depth,
      alongSteps: { a: !ctx.caps.software, b: turned && !ctx.caps.software },
    });
    launchTileMap(ctx, {
      from: products(m),
      to: toImages(sliceRange(y, range, batch), stackOf(y.shape, range.count), {
        tiles,
        bias,
        activation,
        pooled: pooled !== undefined,
      }),
      matrix: output,
      tiles: rows,
      channels: columns,
    });
  }
}

/** Tiles as the columns of an operand: on GPUs its rows, so that channels are neighbours. */
function tileColumns({ software }: DeviceCaps, { width, size, depth }: Omit<Panels, "columns">): Panels {
  if (software) return { columns: "tiles", width, size, depth };
  return { columns: "channels", width: depth, size: depth, depth: width };
}

interface KernelTransform {
  readonly algorithm: Winograd1d;
  readonly kernel: Operand;
  readonly turned: boolean;
  /** Of the panels. */
  readonly width: number;
}

/** The kernel as the right operand of the products: output channels its columns, or input channels where it is turned. */
function transformedKernel(
  ctx: LowerContext,
  { algorithm, kernel, turned, width }: KernelTransform,
): Operand {
  const { points, filter } = algorithm;
  const [, , inChannels, outChannels] = kernel.shape;
  const [size, summed] = turned ? [inChannels, outChannels] : [outChannels, inChannels];
  const depth = inFours(summed);
  const spec = float32(points ** 2, panelElements(width, size, depth));
  const form = { width, size, depth };
  const name = `Winograd, ${points} points, panels of ${width}${turned ? ", turned" : ""}`;
  return ctx.derive(kernel, name, spec, (u) => {
    launchTileMap(ctx, {
      from: filters(kernel),
      to: panels(u, turned ? tileColumns(ctx.caps, form) : { columns: "channels", ...form }),
      matrix: turned ? reversed(filter) : filter,
      tiles: turned ? inChannels : depth,
      channels: outChannels,
    });
  });
}

/** dkernel from x and dy: the transposed algorithm, whose products add up the tiles. */
export function launchWinogradBackpropFilter(ctx: LowerContext, gradient: WinogradProblem): void {
  const { algorithm, products: product, x, y: dy, kernel: dkernel, pads } = gradient;
  const { outputs, points, input, output, filter } = algorithm;
  const [, , inChannels, outChannels] = dkernel.shape;
  const [batch] = x.shape;
  const parts = points ** 2;
  const tiles = tilesOf(dy.shape, algorithm);
  const ranges = imageRanges(ctx.caps, { x, y: dy }, algorithm);
  const most = inFours(ranges[0].count * tiles.down * tiles.across);
  const widths = panelWidths(product, ctx.caps, inChannels, outChannels);
  const v = ctx.scratch(float32(parts, panelElements(widths.rows, inChannels, most)));
  const w = ctx.scratch(float32(parts, panelElements(widths.columns, outChannels, most)));
  const du = ctx.scratch(float32(parts, inChannels, inFours(outChannels)));
  for (const range of ranges) {
    const depth = inFours(range.count * tiles.down * tiles.across);
    const ofX = { columns: "channels", width: widths.rows, size: inChannels, depth } as const;
    const ofDy = { columns: "channels", width: widths.columns, size: outChannels, depth } as const;
    launchTileMap(ctx, {
      from: images(sliceRange(x, range, batch), stackOf(x.shape, range.count), tiles, outputs, pads),
      to: panels(v, ofX),
      matrix: input,
      tiles: depth,
      channels: inChannels,
    });
    launchTileMap(ctx, {
      from: images(
        sliceRange(dy, range, batch),
        stackOf(dy.shape, range.count),
        tiles,
        outputs,
        [0, 0, 0, 0],
      ),
      to: panels(w, ofDy),
      matrix: transpose(output),
      tiles: depth,
      channels: outChannels,
    });
    launchPanelProduct(ctx, {
      kernel: product,
      widths,
      y: du,
      a: v,
      b: w,
      accumulate: range.start > 0,
      parts,
      rows: inChannels,
      columns: outChannels,
      depth,
    });
  }
  launchTileMap(ctx, {
    from: products(du),
    to: toFilters(dkernel),
    matrix: transpose(filter),
    tiles: inChannels,
    channels: outChannels,
  });
}
