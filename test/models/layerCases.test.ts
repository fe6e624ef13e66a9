/** Layers of networks with branches, against cases of real Keras: see test/golden/layers. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { loadGolden } from "../support/golden.js";
import { casesOf, expectCase, layerOf } from "../support/layerCases.js";
import { createTestDevice } from "../support/run.js";

const golden = loadGolden("layers/branches");
const cases = casesOf(golden);

/** What wgraft does not have, and says so. */
const unsupported = new Map([["bn_axis1", "last axis"]]);

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const ids = Object.keys(cases).filter((id) => !unsupported.has(id));

describe.each([...new Set(ids.map((id) => cases[id].class))])("%s", (className) => {
  const own = ids.filter((id) => cases[id].class === className);

  it.each(own)("computes what Keras does: %s", (id) => expectCase(device, golden, id, "inference"));

  const trained = own.filter((id) => `${id}/train/y` in (golden.json.tensors as object));
  if (trained.length > 0)
    it.each(trained)("trains as Keras does: %s", (id) => expectCase(device, golden, id, "training"));
});

it.each([...unsupported])("refuses %s, and names what is not there", (id, message) => {
  const build = () => layerOf(cases[id]).computeOutputShape(golden.tensor(`${id}/x`).shape.slice(1));
  expect(build).toThrow(message);
});
