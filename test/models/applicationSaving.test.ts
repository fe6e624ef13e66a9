/** Networks with their own preprocessing, saved and loaded again: every layer and argument that only they have. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { EfficientNetB0, MobileNetV3Small } from "../../src/models/applications/index.js";
import { loadModel } from "../../src/models/saving/load.js";
import { tensor } from "../../src/tensor.js";
import { createTestDevice } from "../support/run.js";
import { uniform } from "../support/seededApplication.js";

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

const common = { includeTop: false, inputShape: [32, 32, 3], pooling: "avg", seed: 5 } as const;

it.each([
  ["MobileNetV3Small.h5", () => MobileNetV3Small.build({ ...common, device })],
  ["MobileNetV3Small.keras", () => MobileNetV3Small.build({ ...common, device })],
  ["EfficientNetB0.h5", () => EfficientNetB0.build({ ...common, device, published: true })],
] as const)("%s predicts as before", async (name, build) => {
  const model = build();
  const path = join(folder, name);
  await model.save(path);
  const loaded = await loadModel(path, { device });
  expect(loaded.layers.map((layer) => layer.getConfig())).toEqual(
    model.layers.map((layer) => layer.getConfig()),
  );
  const images = tensor(
    uniform(7, 2 * 32 * 32 * 3, 1).map((v) => 127.5 * (v + 1)),
    [2, 32, 32, 3],
  );
  const before = (await model.predict(images)).dataSync();
  expect(new Set(before).size).toBeGreaterThan(100);
  expect((await loaded.predict(images)).dataSync()).toEqual(before);
});
