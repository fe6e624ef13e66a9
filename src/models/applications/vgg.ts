/** VGG16 and VGG19 (Simonyan and Zisserman, 2014), after keras/src/applications/vgg16.py and vgg19.py. */
import { WgraftError } from "../../errors.js";
import { Conv2D } from "../layers/convolutional/conv2d.js";
import { Dense } from "../layers/core/dense.js";
import { Input } from "../layers/core/inputLayer.js";
import type { Layer } from "../layers/layer.js";
import { MaxPooling2D } from "../layers/pooling/maxPooling2d.js";
import { Flatten } from "../layers/reshaping/flatten.js";
import type { Model } from "../model.js";
import { assemble } from "./assemble.js";
import { checked, type ArchitectureOptions } from "./options.js";

/** Channels of the five blocks. */
const filters = [64, 128, 256, 512, 512] as const;

/** How many convolutions each block has. */
const depths = { vgg16: [2, 2, 3, 3, 3], vgg19: [2, 2, 4, 4, 4] } as const;

/** @throws WgraftError `usage` for arguments that make no sense */
export function buildVgg(kind: keyof typeof depths, options: ArchitectureOptions = {}): Model {
  const { shape, classes } = checked(options, kind);
  if (options.alpha !== undefined) {
    throw new WgraftError("usage", `${kind} has no width to choose; alpha is for mobilenet`);
  }
  const input = Input({ shape, name: "input_1" });
  const layers = filters.flatMap((width, i) => block(i + 1, depths[kind][i], width));
  if (options.includeTop ?? true) layers.push(...top(classes));
  const output = layers.reduce((tensor, layer) => layer.apply(tensor), input);
  return assemble(input, output, { name: kind, ...options });
}

function block(number: number, depth: number, width: number): Layer[] {
  const convolutions = Array.from(
    { length: depth },
    (_, i) =>
      new Conv2D({
        name: `block${number}_conv${i + 1}`,
        filters: width,
        kernelSize: 3,
        padding: "same",
        activation: "relu",
      }),
  );
  return [...convolutions, new MaxPooling2D({ name: `block${number}_pool`, poolSize: 2, strides: 2 })];
}

function top(classes: number): Layer[] {
  return [
    new Flatten({ name: "flatten" }),
    new Dense({ name: "fc1", units: 4096, activation: "relu" }),
    new Dense({ name: "fc2", units: 4096, activation: "relu" }),
    new Dense({ name: "predictions", units: classes, activation: "softmax" }),
  ];
}
