/** The layers on a device that stores activations as float16, against what real Keras computes in float32. */
import { afterAll, beforeAll, describe, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { loadGolden } from "../support/golden.js";
import { casesOf, expectCase } from "../support/layerCases.js";
import { createTestDevice } from "../support/run.js";

/** Of PyTorch's own: see layerCases.test.ts. */
const ofTorch = "resizing_bicubic";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice({ precision: "float16" });
});
afterAll(() => device.destroy());

describe.each(["layers/branches", "layers/others"])("%s", (file) => {
  const golden = loadGolden(file);
  const cases = Object.entries(casesOf(golden)).filter(([id]) => id !== ofTorch);
  // The first of each class: their kernels take long to compile.
  const firsts = new Map([...cases].reverse().map(([id, one]) => [one.class, id]));
  it.each([...firsts.values()])("rounds what Keras computes: %s", (id) =>
    expectCase(device, golden, id, "inference", 4e-3),
  );
});
