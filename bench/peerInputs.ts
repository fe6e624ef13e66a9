/** The weights and inputs that all libraries are given: spec.json says where in data.bin (float32, C order) each tensor lies. */
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mixSeed, mulberry32 } from "../src/models/random.js";
import { sizeOf, type Shape } from "../src/tensor.js";
import { features, inputShape } from "./jobs/networks.js";
import { networkBatch } from "./peerJobs.js";
import type { DescribedNetwork, NetworkWithWeights } from "./peerNetworks.js";
import { uniform } from "./random.js";

/** Samples and batch of the head's epoch. */
const [headSamples, headBatch] = [2000, 20];

const filters = [64, 128, 256, 512, 512];
const depths = [2, 2, 3, 3, 3];

interface Input {
  readonly name: string;
  readonly shape: Shape;
  readonly values: (count: number, seed: number) => Float32Array;
}

/** Limits after He et al., so that activations neither die out nor explode on their way through thirteen layers. */
function kernel(name: string, shape: Shape): Input {
  const limit = Math.sqrt(6 / sizeOf(shape.slice(0, -1)));
  return { name: `${name}/kernel`, shape, values: (count, seed) => drawn(count, seed, limit) };
}

function bias(name: string, size: number): Input {
  return { name: `${name}/bias`, shape: [size], values: (count, seed) => drawn(count, seed, 0.05) };
}

function drawn(count: number, seed: number, limit: number): Float32Array {
  const next = mulberry32(seed);
  // A loop: for so many weights Float32Array.from takes ten times as long.
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = (2 * next() - 1) * limit;
  return values;
}

function vgg16Weights(): Input[] {
  return filters.flatMap((width, block) =>
    Array.from({ length: depths[block] }, (_, i) => {
      const inputs = i > 0 ? width : (filters[block - 1] ?? inputShape[2]);
      const name = `block${block + 1}_conv${i + 1}`;
      return [kernel(name, [3, 3, inputs, width]), bias(name, width)];
    }).flat(),
  );
}

function allInputs(images: number): Input[] {
  const ratio = (count: number, seed: number) => uniform(count, seed, 0, 1);
  return [
    ...vgg16Weights(),
    kernel("hidden", [features, 256]),
    bias("hidden", 256),
    kernel("output", [256, 1]),
    bias("output", 1),
    { name: "pictures", shape: [images, ...inputShape], values: ratio },
    { name: "features", shape: [headSamples, features], values: ratio },
    {
      name: "labels",
      shape: [headSamples],
      values: (n) => Float32Array.from({ length: n }, (_, i) => i % 2),
    },
  ];
}

interface WantedInputs {
  readonly images: number;
  readonly networks: readonly NetworkWithWeights[];
}

/**
 * Writes data.bin and spec.json.
 * @param wanted how many images at least, and which whole networks
 * @param facts what else the scripts are to know
 */
export async function writePeerInputs(
  folder: string,
  { images, networks }: WantedInputs,
  facts: object,
): Promise<void> {
  const tensors: Record<string, { offset: number; shape: Shape }> = {};
  const described: Record<string, DescribedNetwork> = {};
  const file = await open(join(folder, "data.bin"), "w");
  let offset = 0;
  try {
    const write = async (name: string, shape: Shape, data: Float32Array) => {
      await file.write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      tensors[name] = { offset, shape };
      offset += data.length;
    };
    for (const [i, { name, shape, values }] of allInputs(images).entries())
      await write(name, shape, values(sizeOf(shape), mixSeed(1, i)));
    for (const { name, network, weights } of networks) {
      described[name] = network;
      for (const [i, { shape, values }] of weights.entries()) await write(`${name}/${i}`, shape, values);
      for (const { name: part, shape, values } of [
        kernel(`${name}/unit`, [network.features, 1]),
        bias(`${name}/unit`, 1),
      ])
        await write(part, shape, values(sizeOf(shape), 3));
      const shape = [networkBatch, ...network.inputShape];
      await write(`${name}/images`, shape, uniform(sizeOf(shape), 2, 0, 1));
    }
  } finally {
    await file.close();
  }
  const spec = { ...facts, learningRate: 2e-5, headBatch, tensors, networks: described };
  await writeFile(join(folder, "spec.json"), JSON.stringify(spec));
}
