/** Layers against cases of real Keras: see test/golden/layers. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { loadGolden } from "../support/golden.js";
import { casesOf, expectCase, layerOf } from "../support/layerCases.js";
import { createTestDevice } from "../support/run.js";

/** What wgraft does not have, and says so. */
const unsupported = new Map([["resizing_bicubic", "interpolation"]]);

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

describe.each(["layers/branches", "layers/others"])("%s", (file) => {
  const golden = loadGolden(file);
  const cases = casesOf(golden);
  const ids = Object.keys(cases).filter((id) => !unsupported.has(id));
  const trained = ids.filter((id) => `${id}/train/y` in (golden.json.tensors as object));

  it.each(ids)("computes what Keras does: %s", (id) => expectCase(device, golden, id, "inference"));

  if (trained.length > 0)
    it.each(trained)("trains as Keras does: %s", (id) => expectCase(device, golden, id, "training"));

  const refused = Object.keys(cases).filter((id) => unsupported.has(id));
  if (refused.length > 0)
    it.each(refused)("refuses %s, and names what is not there", (id) => {
      expect(() => layerOf(id, cases[id])).toThrow(unsupported.get(id)!);
    });
});
