/** The networks that are measured, with seeded weights, and what they cost: the tutorial's at 150×150, others at their own size. */
import type { Device } from "../../src/kernels/gpu/device.js";
import { applications, VGG16 } from "../../src/models/applications/index.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { DepthwiseConv2D } from "../../src/models/layers/convolutional/depthwiseConv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Dropout } from "../../src/models/layers/regularization/dropout.js";
import type { Layer } from "../../src/models/layers/layer.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import type { Model } from "../../src/models/model.js";
import { RMSprop } from "../../src/models/optimizers/rmsprop.js";
import { Sequential } from "../../src/models/sequential.js";
import { sizeOf } from "../../src/tensor.js";

export const inputShape = [150, 150, 3] as const;
export const featureShape = [4, 4, 512] as const;
export const features = sizeOf(featureShape);

const seed = 1;

export function vgg16Base(device: Device): Promise<Model> {
  return VGG16({ weights: "random", includeTop: false, inputShape, device, seed });
}

/** Dense 256 → Dropout 0.5 → Dense 1, on features. */
export function head(device: Device): Sequential {
  const layers = [
    new Dense({ units: 256, activation: "relu", inputDim: features }),
    new Dropout({ rate: 0.5 }),
    new Dense({ units: 1, activation: "sigmoid" }),
  ];
  return compiled(new Sequential(layers, { device, seed }));
}

/** The base, Flatten, Dense 256, Dense 1. @param trains which layers of the base are trained */
export async function grafted(device: Device, trains: (layer: Layer) => boolean): Promise<Sequential> {
  const base = await vgg16Base(device);
  for (const layer of base.layers) layer.trainable = trains(layer);
  const layers = [
    base,
    new Flatten(),
    new Dense({ units: 256, activation: "relu" }),
    new Dense({ units: 1, activation: "sigmoid" }),
  ];
  return compiled(new Sequential(layers, { device, seed }));
}

/** Those that are measured whole. */
export const wholeNetworks = ["resnet50", "mobilenetv2"] as const;
export type WholeNetwork = (typeof wholeNetworks)[number];

/** An application's base with pooling. */
export function pooledBase(name: WholeNetwork, device: Device): Model {
  return applications[name].build({ includeTop: false, pooling: "avg", device, seed });
}

/** The same and a Dense 1, all of it or only that trained. */
export function classifier(name: WholeNetwork, device: Device, trainsBase: boolean): Sequential {
  const base = pooledBase(name, device);
  base.trainable = trainsBase;
  return compiled(new Sequential([base, new Dense({ units: 1, activation: "sigmoid" })], { device, seed }));
}

function compiled(model: Sequential): Sequential {
  const optimizer = new RMSprop({ learningRate: 2e-5 });
  model.compile({ optimizer, loss: "binary_crossentropy", metrics: ["acc"] });
  return model;
}

interface Cost {
  readonly forward: number;
  /** Forward, the gradients that are asked for, nothing of what lies below the first trained layer. */
  readonly step: number;
}

/** Useful operations for one sample, of convolutions and dense layers, in the order of their calls: a multiply-add counts two. */
export function flopsOf(model: Model): Cost {
  let [forward, backward] = [0, 0];
  let isBelowTrained = true;
  const visit = (network: Model) => {
    for (const { layer, outputs } of network.calls) {
      if (layer instanceof Sequential || "calls" in layer) visit(layer as Model);
      const isConvolution = layer instanceof Conv2D || layer instanceof DepthwiseConv2D;
      if (!isConvolution && !(layer instanceof Dense)) continue;
      const kernel = layer.weights[0].variable.shape;
      const positions = isConvolution ? outputs[0].shape[0] * outputs[0].shape[1] : 1;
      const flops = 2 * positions * sizeOf(kernel);
      forward += flops;
      if (!isBelowTrained) backward += flops;
      if (layer.trainable) backward += flops;
      isBelowTrained &&= !layer.trainable;
    }
  };
  visit(model);
  return { forward, step: forward + backward };
}

/** Frees what a model holds on the GPU. */
export async function release(model: Model): Promise<void> {
  await (await model.ready()).destroy();
  for (const { variable } of model.weights) variable.release();
}
