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
import { Maximum } from "../../src/models/layers/merging/maximum.js";
import { Multiply } from "../../src/models/layers/merging/multiply.js";
import { BatchNormalization } from "../../src/models/layers/normalization/batchNormalization.js";
import { Dropout } from "../../src/models/layers/regularization/dropout.js";
import { Model } from "../../src/models/model.js";
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

  private graph(inputs: SymbolicTensor, depth: number): SymbolicTensor {
    const places = [inputs];
    const used: Layer[] = [];
    for (let n = 2 + this.below(4); n > 0; n--) {
      if (this.maybe(0.35)) {
        const merge = this.one([Add, Multiply, Maximum]);
        places.push(new merge().apply(this.one(places), this.one(places)));
        continue;
      }
      // A layer, or a model, that is called again shares its weights.
      const layer = used.length > 0 && this.maybe(0.25) ? this.one(used) : this.layer(depth - 1, false);
      used.push(layer);
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
async function fill(model: Model): Promise<void> {
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
});
