/** A frozen VGG16 under a new head: what training leaves alone, what it computes, what it keeps in memory. */
import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { ProgramPlan } from "../../src/graph/plan/programPlan.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { VGG16 } from "../../src/models/applications/index.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import type { Layer } from "../../src/models/layers/layer.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import type { Model } from "../../src/models/model.js";
import { RMSprop } from "../../src/models/optimizers/rmsprop.js";
import { Sequential } from "../../src/models/sequential.js";
import { tensor } from "../../src/tensor.js";
import { uniform } from "../reference/random.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());
afterEach(() => vi.restoreAllMocks());

const sample = { shape: [32, 32, 3], dtype: "float32" } as const;
const samples = 6;
const batchSize = 4;
const x = uniform(1, [samples, ...sample.shape]);
const y = tensor(Float32Array.from({ length: samples }, (_, i) => i % 2));

async function build(): Promise<{ base: Model; model: Sequential }> {
  const base = await VGG16({ weights: null, includeTop: false, inputShape: sample.shape, seed: 3, device });
  const head = [new Dense({ units: 16, activation: "relu" }), new Dense({ units: 1, activation: "sigmoid" })];
  return { base, model: new Sequential([base, new Flatten(), ...head], { seed: 3, device }) };
}

function compile(model: Model): void {
  const optimizer = new RMSprop({ learningRate: 1e-3 });
  model.compile({ optimizer, loss: "binary_crossentropy", metrics: ["acc"] });
}

/** SHA-256 of the bytes of all weights of some layers. */
async function digest(...layers: readonly Layer[]): Promise<string> {
  const hash = createHash("sha256");
  for (const layer of layers) for (const weight of await layer.getWeights()) hash.update(weight.dataSync());
  return hash.digest("hex");
}

/** A training step's nodes, in the order in which they run. */
async function stepsOf(model: Model): Promise<ProgramPlan["lowered"]> {
  const programs = await model.ready();
  return programs.plan("train", batchSize, sample).lowered;
}

/** A fused node belongs to two layers. */
const layersOf = ({ scope }: { readonly scope: string }) => scope.split(" + ");

describe("a head on a frozen VGG16", () => {
  it("is all that a fit changes: no bit of the base's 26 weights", async () => {
    const { base, model } = await build();
    expect(model.trainableWeights).toHaveLength(30);
    base.trainable = false;
    expect(model.trainableWeights).toHaveLength(4);
    compile(model);
    const head = model.layers.filter((layer) => layer !== base);
    const before = [await digest(base), await digest(...head)];
    const { history } = await model.fit(x, y, { epochs: 2, batchSize, validationData: [x, y] });
    expect(history.loss[1]).not.toBe(history.loss[0]);
    expect(await digest(base)).toBe(before[0]);
    expect(await digest(...head)).not.toBe(before[1]);
  });

  it.each([
    ["no gradient in a frozen base", () => false, []],
    [
      "gradients in block5 where that is thawed",
      (layer: Layer) => layer.name.startsWith("block5"),
      ["block5_conv1", "block5_conv2", "block5_conv3", "block5_pool"],
    ],
  ])("computes %s, and keeps nothing of what is frozen", async (_, isTrained, wanted) => {
    const { base, model } = await build();
    for (const layer of base.layers) layer.trainable = isTrained(layer);
    compile(model);
    const lowered = await stepsOf(model);
    const { steps } = lowered;
    const inBase = new Set(base.layers.map(({ name }) => name));
    const frozen = new Set(base.layers.filter((layer) => !isTrained(layer)).map(({ name }) => name));
    // The base's forward pass is over when a layer of the head runs: what comes later in its scopes is gradients.
    const behind = steps.findIndex(
      ({ node }) => node.scope && !layersOf(node).some((name) => inBase.has(name)),
    );
    const scopes = new Set(steps.slice(behind).flatMap(({ node }) => layersOf(node)));
    expect([...scopes].filter((name) => inBase.has(name)).sort()).toEqual(wanted);

    const lastFrozen = steps.findLastIndex(({ node }) => layersOf(node).some((name) => frozen.has(name)));
    const made = (from: number, to: number) =>
      steps.slice(from, to).flatMap(({ node }) => node.outputs.map((value) => lowered.slotOf(value)));
    const activations = new Set(made(0, lastFrozen + 1));
    const read = steps
      .slice(lastFrozen + 1)
      .flatMap(({ node }) => node.inputs.map((value) => lowered.slotOf(value)));
    expect(new Set(read.filter((slot) => activations.has(slot)))).toEqual(
      new Set(made(lastFrozen, lastFrozen + 1).slice(0, 1)),
    );
  });

  it("takes a flag that changes after compile at the next compile, and says so", async () => {
    const { base, model } = await build();
    compile(model);
    base.trainable = false;
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const before = await digest(base);
    await model.fit(x, y, { batchSize });
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^model sequential: a trainable flag has changed since compile\(\)/)],
    ]);
    expect(await digest(base)).not.toBe(before);

    compile(model);
    const frozen = await digest(base);
    await model.fit(x, y, { batchSize });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(await digest(base)).toBe(frozen);
  });
});
