/** Commands take models of one input and one output; others are refused by one line. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Input } from "../../src/models/layers/core/inputLayer.js";
import { Concatenate } from "../../src/models/layers/merging/concatenate.js";
import { Model } from "../../src/models/model.js";
import { openSavedModel } from "../../src/transfer/classifier/savedModel.js";
import { loadHead } from "../../src/transfer/model/head.js";
import { reopen } from "../../src/transfer/model/imageModel.js";
import { createTestDevice } from "../support/run.js";

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

const supported = "only models with one input and one output are supported here";

it.each([
  [2, 1, "a model with 2 inputs (i0 (3,), i1 (3,))"],
  [1, 2, "a model with 2 outputs (o0 (2,), o1 (2,))"],
])("a saved model with %i inputs and %i outputs", async (n, m, message) => {
  const inputs = Array.from({ length: n }, (_, i) => Input({ shape: [3], name: `i${i}` }));
  const joined = n > 1 ? new Concatenate().apply(inputs) : inputs[0];
  const outputs = Array.from({ length: m }, (_, i) =>
    new Dense({ units: 2, activation: "softmax", name: `o${i}` }).apply(joined),
  );
  const path = join(folder, `${n}-${m}.h5`);
  await new Model({ inputs, outputs, device }).save(path);
  const error = { code: "bad-input", message: expect.stringContaining(message) as string };
  const opened = [
    () => openSavedModel(path, { device }),
    () => loadHead(path, 3, 2, 0, device),
    () => reopen(path, {}, 0, { classNames: ["a", "b"], splits: [] }, device),
  ];
  for (const open of opened) {
    await expect(open()).rejects.toMatchObject(error);
    await expect(open()).rejects.toThrow(supported);
  }
});
