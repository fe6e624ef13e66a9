/**
 * VGG16 weights made by a seeded generator, in the very layout of the published file: for trying things without a
 * download, and for the tests. They have never seen an image. The first layer is a bank of edge filters; every later
 * one smooths what comes in and mixes it at random. That is enough to tell textures apart, and no more.
 */
import { writeWeightsFile, type LayerToWrite } from "../../src/io/keras/writeModel.js";
import { mulberry32 } from "../../src/models/random.js";

/** Layers of VGG16 without its top, in the file's order; of a convolution the channels that go in and come out. */
const layers: readonly (readonly [name: string, channels?: readonly [number, number]])[] = [
  ["input_1"],
  ["block1_conv1", [3, 64]],
  ["block1_conv2", [64, 64]],
  ["block1_pool"],
  ["block2_conv1", [64, 128]],
  ["block2_conv2", [128, 128]],
  ["block2_pool"],
  ["block3_conv1", [128, 256]],
  ["block3_conv2", [256, 256]],
  ["block3_conv3", [256, 256]],
  ["block3_pool"],
  ["block4_conv1", [256, 512]],
  ["block4_conv2", [512, 512]],
  ["block4_conv3", [512, 512]],
  ["block4_pool"],
  ["block5_conv1", [512, 512]],
  ["block5_conv2", [512, 512]],
  ["block5_conv3", [512, 512]],
  ["block5_pool"],
];

const kernelSize = 3;
const biasLimit = 0.02;
/** (1, 2, 1) in both directions, over 16. */
const binomial = [1, 2, 1].map((row) => [1, 2, 1].map((column) => (row * column) / 16));

/** A convolution kernel (3, 3, inputs, filters) out of a function of row, column, input and filter. */
function kernelOf(
  inputs: number,
  filters: number,
  value: (row: number, column: number, input: number, filter: number) => number,
): Float32Array {
  const kernel = new Float32Array(kernelSize * kernelSize * inputs * filters);
  let at = 0;
  for (let row = 0; row < kernelSize; row++)
    for (let column = 0; column < kernelSize; column++)
      for (let input = 0; input < inputs; input++)
        for (let filter = 0; filter < filters; filter++) kernel[at++] = value(row, column, input, filter);
  return kernel;
}

/** Sobel's operator in random directions, each on a random colour. */
function drawEdgeFilters(inputs: number, filters: number, random: () => number): Float32Array {
  const directions = Array.from({ length: filters }, () => 2 * Math.PI * random());
  const colours = directions.map(() => {
    const colour = Array.from({ length: inputs }, () => 2 * random() - 1);
    const length = Math.hypot(...colour);
    return colour.map((channel) => channel / length);
  });
  return kernelOf(inputs, filters, (row, column, input, filter) => {
    const slope = (row - 1) * Math.sin(directions[filter]) + (column - 1) * Math.cos(directions[filter]);
    return 2 * binomial[row][column] * slope * colours[filter][input];
  });
}

/**
 * Each filter smooths one channel and adds a smoothed random mixture of all. The mixture's shares sum to zero: behind a
 * ReLU every channel has a positive mean, which would drown the differences within a few layers.
 */
function drawMixture(inputs: number, filters: number, random: () => number): Float32Array {
  const limit = 1.2 * Math.sqrt(6 / inputs);
  const shares = Array.from({ length: filters }, () => {
    const drawn = Float32Array.from({ length: inputs }, () => (2 * random() - 1) * limit);
    const mean = drawn.reduce((sum, share) => sum + share, 0) / inputs;
    return drawn.map((share) => share - mean);
  });
  return kernelOf(inputs, filters, (row, column, input, filter) => {
    const own = filter % inputs === input ? 0.8 : 0;
    return binomial[row][column] * (own + shares[filter][input]);
  });
}

function drawBias(filters: number, random: () => number): Float32Array {
  return Float32Array.from({ length: filters }, () => (2 * random() - 1) * biasLimit);
}

export interface Vgg16WeightsOptions {
  /** The same seed writes the same values. Default 0. */
  seed?: number;
  /** The last layer that is written, for a base that is cut there. Default: all of them, 58.9 MB. */
  upTo?: string;
}

/** Writes weights in the layout of `vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5`. */
export async function writeVgg16Weights(path: string, options: Vgg16WeightsOptions = {}): Promise<void> {
  const { seed = 0, upTo = "block5_pool" } = options;
  const random = mulberry32(seed);
  const last = layers.findIndex(([name]) => name === upTo);
  await writeWeightsFile(
    path,
    layers.slice(0, last + 1).map(([name, channels]): LayerToWrite => {
      if (!channels) return { name, weights: [] };
      const [inputs, filters] = channels;
      return {
        name,
        weights: [
          {
            name: `${name}_W_1:0`,
            shape: [kernelSize, kernelSize, inputs, filters],
            data: () => (inputs === 3 ? drawEdgeFilters : drawMixture)(inputs, filters, random),
          },
          { name: `${name}_b_1:0`, shape: [filters], data: () => drawBias(filters, random) },
        ],
      };
    }),
  );
}
