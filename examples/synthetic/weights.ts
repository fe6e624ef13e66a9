/**
 * VGG16 weights made by a seeded generator, in the very layout of the published file: for trying things without a
 * download, and for the tests. They have never seen a picture; as random filters they still tell patterns apart.
 */
import { writeWeightsFile, type LayerToWrite } from "../../src/io/keras/writeModel.js";
import { mulberry32 } from "./pictures.js";

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
const biasLimit = 0.05;

/**
 * A convolution kernel (3, 3, inputs, filters), uniform and then made to sum to zero in every filter. A filter without
 * that answers to the mean of its inputs, which are all positive behind a ReLU: after a few layers every picture would
 * look the same. The scale is He's (2015), √(6 / fan in), times what the ReLU's variance is short of its mean square.
 */
function drawKernel(inputs: number, filters: number, random: () => number): Float32Array {
  const fanIn = kernelSize * kernelSize * inputs;
  const limit = Math.sqrt(6 / fanIn / (1 - 1 / Math.PI));
  const kernel = new Float32Array(fanIn * filters);
  for (let i = 0; i < kernel.length; i++) kernel[i] = (2 * random() - 1) * limit;
  for (let filter = 0; filter < filters; filter++) {
    let sum = 0;
    for (let i = filter; i < kernel.length; i += filters) sum += kernel[i];
    for (let i = filter; i < kernel.length; i += filters) kernel[i] -= sum / fanIn;
  }
  return kernel;
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
            data: () => drawKernel(inputs, filters, random),
          },
          { name: `${name}_b_1:0`, shape: [filters], data: () => drawBias(filters, random) },
        ],
      };
    }),
  );
}
