/** VGG16's nine different convolutions at 150×150, forward and backward. */
import { conv2d } from "../../src/kernels/conv/conv2d.js";
import { conv2dBackpropFilter } from "../../src/kernels/conv/conv2dBackpropFilter.js";
import { conv2dBackpropInput } from "../../src/kernels/conv/conv2dBackpropInput.js";
import { float32 } from "../../src/kernels/op.js";
import type { Item } from "../item.js";
import { kernelItem } from "./kernelItem.js";

const batch = 4;

/** Side of the image, channels in, channels out. The layers that are left out repeat the one before them. */
const layers = {
  block1_conv1: [150, 3, 64],
  block1_conv2: [150, 64, 64],
  block2_conv1: [75, 64, 128],
  block2_conv2: [75, 128, 128],
  block3_conv1: [37, 128, 256],
  block3_conv2: [37, 256, 256],
  block4_conv1: [18, 256, 512],
  block4_conv2: [18, 512, 512],
  block5_conv1: [9, 512, 512],
} as const;

const window = { strides: [1, 1], pads: [1, 1, 1, 1] } as const;

function itemsOf(layer: string, [side, inChannels, outChannels]: readonly [number, number, number]): Item[] {
  const x = float32(batch, side, side, inChannels);
  const y = float32(batch, side, side, outChannels);
  const kernel = float32(3, 3, inChannels, outChannels);
  const flops = 2 * batch * side * side * 9 * inChannels * outChannels;
  const detail = `${batch}×${side}×${side}, ${inChannels} → ${outChannels}, 3×3`;
  const forward = kernelItem({
    name: `conv2d ${layer}`,
    detail,
    flops,
    op: conv2d,
    inputs: [x, kernel, float32(outChannels)],
    attrs: { ...window, activation: "relu" },
  });
  const backpropFilter = kernelItem({
    name: `conv2dBackpropFilter ${layer}`,
    detail,
    flops,
    op: conv2dBackpropFilter,
    inputs: [x, y],
    attrs: { ...window, kernelShape: kernel.shape },
  });
  const backpropInput = kernelItem({
    name: `conv2dBackpropInput ${layer}`,
    detail,
    flops,
    op: conv2dBackpropInput,
    inputs: [y, kernel],
    attrs: { ...window, inputShape: x.shape },
  });
  // Nobody asks for the gradient of the images.
  return inChannels === 3 ? [forward, backpropFilter] : [forward, backpropInput, backpropFilter];
}

export const convolutionItems: readonly Item[] = Object.entries(layers).flatMap(([layer, size]) =>
  itemsOf(layer, size),
);
