/** Models of random shape, saved in both formats and loaded again. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { Activation } from "../../src/models/layers/activations/activation.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Input } from "../../src/models/layers/core/inputLayer.js";
import type { Layer, SymbolicTensor } from "../../src/models/layers/layer.js";
import { Add } from "../../src/models/layers/merging/add.js";
import { Concatenate } from "../../src/models/layers/merging/concatenate.js";
import { Maximum } from "../../src/models/layers/merging/maximum.js";
import { Multiply } from "../../src/models/layers/merging/multiply.js";
import { BatchNormalization } from "../../src/models/layers/normalization/batchNormalization.js";
import { Dropout } from "../../src/models/layers/regularization/dropout.js";
import { Model, type AnyModel } from "../../src/models/model.js";
import { mulberry32 } from "../../src/models/random.js";
import { loadModel } from "../../src/models/saving/load.js";
import { Sequential } from "../../src/models/sequential.js";
import { tensor, type Tensor } from "../../src/tensor.js";
import { createTestDevice } from "../support/run.js";

const width = 3;

/** Draws models whose input and outputs are (3). */
class Drawn {
  private readonly random: () => number;
  private names = 0;
  /** Layers of a merged graph that its other branches may call, too. */
  private readonly shared: Layer[] = [];

  constructor(seed: number) {
    this.random = mulberry32(seed);
  }

  /** A whole model: a chain or a graph, with others inside. */
  model(depth: number, device?: Device): Model {
    const name = this.maybe(0.3) ? `model${this.names++}` : undefined;
    const options = { device, name, seed: this.below(1000) };
    if (this.maybe(0.4)) {
      const layers = Array.from({ length: 1 + this.below(3) }, (_, i) => this.layer(depth - 1, i === 0));
      return new Sequential(layers, options);
    }
    const inputs = Input({ shape: [width] });
    return new Model({ inputs, outputs: this.graph(inputs, depth), ...options });
  }

  /** A graph of several inputs and outputs, its branches merged in every way, layers and models shared between them. */
  merged(device: Device): AnyModel {
    const inputs = Array.from({ length: 1 + this.below(3) }, () => Input({ shape: [width] }));
    const outputs = Array.from({ length: 1 + this.below(3) }, () => {
      const ends = Array.from({ length: 2 + this.below(2) }, () => this.graph(this.one(inputs), 2, inputs));
      return this.maybe(0.5) ? this.narrowed(new Concatenate().apply(ends)) : new Multiply().apply(ends);
    });
    // Every input belongs to the model, whether it is read or not.
    return new Model({ inputs, outputs: this.maybe(0.3) ? [...outputs, inputs[0]] : outputs, device });
  }

  private narrowed(tensor: SymbolicTensor): SymbolicTensor {
    return new Dense({ units: width }).apply(tensor);
  }

  private graph(
    inputs: SymbolicTensor,
    depth: number,
    around: readonly SymbolicTensor[] = [],
  ): SymbolicTensor {
    const places = [...around, inputs];
    const used: Layer[] = [];
    for (let n = 2 + this.below(4); n > 0; n--) {
      if (around.length > 0 && this.maybe(0.2)) {
        places.push(this.narrowed(new Concatenate().apply(this.one(places), this.one(places))));
        continue;
      }
      if (this.maybe(0.35)) {
        const merge = this.one([Add, Multiply, Maximum]);
        places.push(new merge().apply(this.one(places), this.one(places)));
        continue;
      }
      // A layer, or a model, that is called again shares its weights.
      const known = [...used, ...this.shared];
      const layer = known.length > 0 && this.maybe(0.25) ? this.one(known) : this.layer(depth - 1, false);
      used.push(layer);
      if (around.length > 0) this.shared.push(layer);
      places.push(layer.apply(this.one(places.slice(-3))));
    }
    return new Add().apply(places.slice(-2));
  }

  private layer(depth: number, isFirst: boolean): Layer {
    if (depth > 0 && this.maybe(0.5)) return this.model(depth);
    const common = {
      ...(this.maybe(0.3) && { name: `layer${this.names++}` }),
      ...(isFirst && { inputShape: [width] }),
      trainable: this.maybe(0.7),
    };
    return this.one<() => Layer>([
      () => new Dense({ ...common, units: width, activation: "relu" }),
      () => new Dense({ ...common, units: width }),
      () => new BatchNormalization(common),
      () => new Dropout({ ...common, rate: 0.5 }),
      () => new Activation({ ...common, activation: "sigmoid" }),
    ])();
  }

  private one<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  private below(n: number): number {
    return Math.floor(this.random() * n);
  }

  private maybe(probability: number): boolean {
    return this.random() < probability;
  }
}

let device: Device;
let folder: string;
beforeAll(async () => {
  device = await createTestDevice();
  folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
});
afterAll(async () => {
  device.destroy();
  await rm(folder, { recursive: true });
});

const values = (t: Tensor) => [...(t.dataSync() as Float32Array)];
const x = tensor([0.5, -1, 2, 1, 0.25, -0.5], [2, width]);
const count = 24;

/** Gives every weight a value of its own, so that no two are mistaken for each other unseen. */
async function fill(model: AnyModel): Promise<void> {
  const variables = new Set(model.weights.map(({ variable }) => variable));
  let next = 0;
  for (const variable of variables)
    variable.write(
      Float32Array.from({ length: variable.byteLength / 4 }, () => 0.3 + 0.4 * Math.sin(next++) ** 2),
    );
}

describe.each(["h5", "keras"])("a model saved as .%s", (format) => {
  it.each(Array.from({ length: count }, (_, seed) => seed))("is loaded as it was: seed %i", async (seed) => {
    const model = new Drawn(seed).model(3, device);
    await fill(model);
    const path = join(folder, `${seed}.${format}`);
    await model.save(path);
    const again = await loadModel(path, { device });
    expect(again.getConfig()).toEqual(model.getConfig());
    expect(again.trainableWeights.length).toBe(model.trainableWeights.length);
    expect(values(await again.predict(x))).toEqual(values(await model.predict(x)));
  });
  const seeds = Array.from({ length: 16 }, (_, seed) => 100 + seed);
  it.each(seeds)("is loaded as it was, merges and several ends: seed %i", async (seed) => {
    const model = new Drawn(seed).merged(device);
    await fill(model);
    const path = join(folder, `merged${seed}.${format}`);
    await model.save(path);
    const again = await loadModel<SymbolicTensor | SymbolicTensor[]>(path, { device });
    expect(again.getConfig()).toEqual(model.getConfig());
    const inputs = model.inputs.map((_, i) =>
      tensor(
        values(x).map((v) => v * (1 + i / 4)),
        [2, width],
      ),
    );
    const [a, b] = [await model.predict(inputs), await again.predict(inputs)].map((y) =>
      [y].flat().map(values),
    );
    expect(b).toEqual(a);
    expect(a).toHaveLength(model.outputs.length);
    expect(a.flat().every(Number.isFinite)).toBe(true);
  });
});
