/** Winograd's transforms: a linear map of both axes of square tiles, from one layout to another. */
import loadFours from "../../../wgsl/winograd/load_fours.wgsl";
import loadOne from "../../../wgsl/winograd/load_one.wgsl";
import loadOnes from "../../../wgsl/winograd/load_ones.wgsl";
import storeFours from "../../../wgsl/winograd/store_fours.wgsl";
import storeOne from "../../../wgsl/winograd/store_one.wgsl";
import storeOnes from "../../../wgsl/winograd/store_ones.wgsl";
import biasFours from "../../../wgsl/winograd/bias_fours.wgsl";
import biasOnes from "../../../wgsl/winograd/bias_ones.wgsl";
import filterTiles from "../../../wgsl/winograd/from_filters.wgsl";
import imageTiles from "../../../wgsl/winograd/from_images.wgsl";
import productTiles from "../../../wgsl/winograd/from_products.wgsl";
import withoutBias from "../../../wgsl/winograd/no_bias.wgsl";
import channelPanels from "../../../wgsl/winograd/to_channel_panels.wgsl";
import filterResults from "../../../wgsl/winograd/to_filters.wgsl";
import pooledResults from "../../../wgsl/winograd/to_pooled_images.wgsl";
import imageResults from "../../../wgsl/winograd/to_images.wgsl";
import tilePanels from "../../../wgsl/winograd/to_tile_panels.wgsl";
import transform from "../../../wgsl/winograd/transform.wgsl";
import { activate, activationCode, type Activation } from "../elementwise/activation.js";
import { storedType } from "../common/launchUnits.js";
import { wgslLinearMap } from "./linearMap.js";
import type { Kernel, LowerContext, Operand } from "../op.js";
import { inFours, panelElements } from "./panelProduct.js";
import type { Pads } from "../common/window2d.js";
import type { Matrix } from "./winogradMatrices.js";

type Values = Readonly<Record<string, number>>;

/** Four channels of a tensor that has a multiple of four, four of one that has any number, or one channel. */
type Access = "fours" | "ones" | "one";

/** Where tiles come from, or results go to: WGSL, and what it binds and reads. */
interface Part {
  readonly name: string;
  readonly source: Readonly<Record<Access, string>>;
  readonly tensor: Operand;
  /** Another binding. */
  readonly reads?: Operand;
  readonly params: Values;
  readonly constants?: Values;
  /** Whether channels are filled up to a multiple of four. Default false. */
  readonly inFours?: boolean;
}

const any = (source: string) => ({ fours: source, ones: source, one: source });
const loading = (source: string) => ({
  fours: loadFours + source,
  ones: loadOnes + source,
  one: loadOne + source,
});
const storing = (source: string) => ({
  fours: storeFours + source,
  ones: storeOnes + source,
  one: storeOne + source,
});

/** `images` of height × width × channels, of which tiles are cut. */
export interface Stack {
  readonly images: number;
  readonly height: number;
  readonly width: number;
}

export interface Tiles {
  readonly down: number;
  readonly across: number;
}

/** Windows of the images x, `step` apart, beginning `pads` before the image. */
export function images(x: Operand, stack: Stack, tiles: Tiles, step: number, pads: Pads): Part {
  const { height, width } = stack;
  const existing = stack.images * tiles.down * tiles.across;
  return {
    name: "images",
    source: loading(imageTiles),
    tensor: x,
    params: { height, width, ...tiles, existing, step, pad_top: pads[0], pad_left: pads[2] },
  };
}

/** A convolution's kernel x [taps, taps, input channel, channel]: a tile for each input channel. */
export function filters(x: Operand): Part {
  return {
    name: "filters",
    source: loading(filterTiles),
    tensor: x,
    params: { existing: x.shape[2] },
  };
}

/** Results of the products, [point, tile, channel in whole fours]. */
export function products(x: Operand): Part {
  return { name: "products", source: any(productTiles), tensor: x, params: {} };
}

export interface Panels {
  /** What lies side by side in a panel. The other is what the products sum over. */
  readonly columns: "tiles" | "channels";
  /** Of a panel. */
  readonly width: number;
  /** Columns there are. */
  readonly size: number;
  /** Steps of the sum. */
  readonly depth: number;
}

/** An operand of the products: a matrix for every point, cut into panels. */
export function panels(y: Operand, { columns, width, size, depth }: Panels): Part {
  return {
    name: `${columns} panels`,
    source: any(columns === "tiles" ? tilePanels : channelPanels),
    tensor: y,
    params: { panel: width, depth, point_stride: panelElements(width, size, depth) },
    inFours: true,
  };
}

export interface ImagesTo {
  readonly tiles: Tiles;
  /** [channels] */
  readonly bias?: Operand;
  /** Default "linear". */
  readonly activation?: Activation;
  /** y is the maximum of every 2 × 2. Default false. */
  readonly pooled?: boolean;
}

/** The images y = activation(tiles + bias), [image, height, width, channel]. */
export function toImages(
  y: Operand,
  { height, width }: Stack,
  { tiles, bias, activation = "linear", pooled = false }: ImagesTo,
): Part {
  const source = storing(activate + (pooled ? pooledResults : imageResults));
  return {
    name: `${pooled ? "pooled " : ""}images${bias ? ", bias" : ""}`,
    source: {
      fours: source.fours + (bias ? biasFours : withoutBias),
      ones: source.ones + (bias ? biasFours : withoutBias),
      one: source.one + (bias ? biasOnes : withoutBias),
    },
    tensor: y,
    reads: bias,
    params: { height, width, ...tiles },
    constants: { activation: activationCode(activation) },
  };
}

/** A convolution's kernel y [results, results, input channel, channel]. */
export function toFilters(y: Operand): Part {
  return {
    name: "filters",
    source: storing(filterResults),
    tensor: y,
    params: {},
  };
}

export interface TileMap {
  readonly from: Part;
  readonly to: Part;
  /** Applied to both axes: [results, taps]. */
  readonly matrix: Matrix;
  /** Tiles to write. */
  readonly tiles: number;
  /** Of the tensor that tiles are cut of, or put together to. */
  readonly channels: number;
}

/**
 * Invocations of a workgroup along x and y. On a CPU adapter tiles go along x, four channels each, and lanes write neighbours where tiles
 * lie side by side. On a GPU channels do, one each: lanes read and write neighbours, and twice as many subgroups stay in registers.
 */
const [CPU_WIDTH, CPU_HEIGHT] = [32, 8];
const [GPU_WIDTH, GPU_INVOCATIONS] = [64, 64];

/** y = M x Mᵀ for every tile and channel, in float32, whatever x and y are stored as. */
export function launchTileMap(ctx: LowerContext, { from, to, matrix, tiles, channels }: TileMap): void {
  const ofOne = !ctx.caps.software;
  const access = ofOne ? "one" : channels % 4 === 0 ? "fours" : "ones";
  const endChannel = to.inFours ? inFours(channels) : channels;
  const [results, taps] = [matrix.length, matrix[0].length];
  const params = { ...from.params, ...to.params, tiles, channels, end_channel: endChannel };
  const kernel: Kernel = {
    name: `winograd ${from.name} to ${to.name}, ${access}`,
    source: transform + from.source[access] + to.source[access],
    access: to.reads ? ["read_write", "read", "read"] : ["read_write", "read"],
    params: Object.keys(params),
  };
  const element = access === "fours" ? "vec4f" : "f32";
  const across = ofOne ? endChannel : tiles;
  const down = ofOne ? tiles : Math.ceil(channels / 4);
  const width = ofOne ? leastPower(GPU_WIDTH, across) : CPU_WIDTH;
  const height = ofOne ? GPU_INVOCATIONS / width : leastPower(CPU_HEIGHT, down);
  ctx.launch({
    kernel,
    prelude: [
      `alias T = ${ofOne ? "f32" : "vec4f"};`,
      `const lanes = ${ofOne ? 1 : 4}u;`,
      `alias StoredX = ${storedType(element, from.tensor.dtype)};`,
      `alias StoredY = ${storedType(element, to.tensor.dtype)};`,
      `const taps = ${taps}u;`,
      `const results = ${results}u;`,
      wgslLinearMap(matrix),
      spelledOut("each_column", "transform_column", taps),
      spelledOut("each_row", "transform_row", results),
    ].join("\n"),
    constants: { width, height, channels_across: Number(ofOne), ...to.constants },
    params,
    args: [to.tensor, from.tensor, ...(to.reads ? [to.reads] : [])],
    workgroups: [Math.ceil(across / width), Math.ceil(down / height), 1],
    flops: 2 * results * taps * (results + taps) * tiles * channels,
  });
}

/** The least power of two that is no less than `count`, at most `most`. */
function leastPower(most: number, count: number): number {
  return Math.min(most, 2 ** Math.ceil(Math.log2(count)));
}

/** A loop of calls, each with its index. */
function spelledOut(name: string, call: string, count: number): string {
  const calls = Array.from({ length: count }, (_, i) => `  ${call}(${i}u, channel);\n`).join("");
  return `fn ${name}(channel: u32) {\n${calls}}`;
}
