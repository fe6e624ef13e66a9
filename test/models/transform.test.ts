/** Transforms of one image, against what Keras 3.15.1 and keras_preprocessing 1.1.2 make of it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { fillModes } from "../../src/kernels/image/fillModes.js";
import { warpAffine } from "../../src/kernels/image/warpAffine.js";
import { applyTransform } from "../../src/models/data/augmentation/applyTransform.js";
import {
  packTransforms,
  transformMatrix,
  type Convention,
  type TransformParameters,
} from "../../src/models/data/augmentation/transform.js";
import { tensor, type Tensor } from "../../src/tensor.js";
import { mulberry32 } from "../../src/models/random.js";
import { brighten, channelShift, warpAffine as reference } from "../reference/warpAffine.js";
import { expectClose, float64 } from "../support/expectClose.js";
import { loadGolden } from "../support/golden.js";
import { createTestDevice, runOp } from "../support/run.js";

const golden = loadGolden("keras/imagegen");

/** Keras's names of parameters in ours. */
function parametersOf(kerasParameters: object): TransformParameters {
  const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(kerasParameters).map(([name, value]) => [camel(name), value]));
}

const cases = Object.entries(golden.json.cases as Record<string, object>).map(([name, parameters]) => ({
  name,
  parameters: parametersOf(parameters),
}));
const { parameters: all } = cases.find(({ name }) => name === "all")!;

/** The largest difference of two values. */
function worst(a: Tensor, b: Tensor): number {
  const [x, y] = [float64(a), float64(b)];
  expect(x.length).toBe(y.length);
  return x.reduce((max, value, i) => Math.max(max, Math.abs(value - y[i])), 0);
}

const conventions: [Convention, string][] = [
  ["keras3", "keras3"],
  ["keras2", "kp112"],
];

describe.each(conventions)("applyTransform by the convention %s", (convention, prefix) => {
  describe.each(["square", "nonsquare"])("of the %s image", (image) => {
    it.each(cases)("gives Keras's numbers for $name", ({ name, parameters }) => {
      const got = applyTransform(golden.tensor(image), parameters, { convention });
      expect(worst(got, golden.tensor(`${prefix}/${image}/${name}`))).toBeLessThanOrEqual(1e-6);
    });
  });
});

it.each(["constant", "reflect", "wrap"] as const)("gives Keras's numbers for fill mode %s", (fillMode) => {
  const got = applyTransform(golden.tensor("square"), all, { fillMode, cval: 7 });
  expect(worst(got, golden.tensor(`keras3/square/all_fill_${fillMode}`))).toBeLessThanOrEqual(1e-6);
});

describe("the GPU's warp", () => {
  let device: Device;
  beforeAll(async () => {
    device = await createTestDevice();
  });
  afterAll(() => device.destroy());

  /** Several copies of a golden image, each under parameters of its own. */
  async function warped(
    image: string,
    parameters: TransformParameters[],
    convention: Convention,
    fillMode: (typeof fillModes)[number],
  ): Promise<Tensor> {
    const [height, width, channels] = golden.tensor(image).shape;
    const one = Uint8Array.from(golden.tensor(image).dataSync());
    const images = new Uint8Array(parameters.length * one.length);
    parameters.forEach((_, i) => images.set(one, i * one.length));
    const inputs = [
      tensor(images, [parameters.length, height, width, channels]),
      tensor(packTransforms(parameters, height, width, convention), [parameters.length, 8]),
    ];
    const [y] = await runOp(device, warpAffine, inputs, { fillMode, cval: 7, mode: "none" });
    return y;
  }

  describe.each(conventions)("by the convention %s", (convention, prefix) => {
    it.each(["square", "nonsquare"])("is within 1e-3 of Keras's numbers on the %s image", async (image) => {
      const geometric = cases.filter(({ name }) => name !== "chshift");
      const y = await warped(
        image,
        geometric.map(({ parameters }) => parameters),
        convention,
        "nearest",
      );
      geometric.forEach(({ name }, i) => {
        const wanted = golden.tensor(`${prefix}/${image}/${name}`);
        expect(worst(y.slice(i, i + 1), wanted)).toBeLessThanOrEqual(1e-3);
      });
    });
  });

  it.each(["constant", "reflect", "wrap"] as const)(
    "is as near to them by fill mode %s",
    async (fillMode) => {
      const y = await warped("square", [all], "keras3", fillMode);
      expect(worst(y, golden.tensor(`keras3/square/all_fill_${fillMode}`))).toBeLessThanOrEqual(1e-3);
    },
  );
});

describe("applyTransform", () => {
  const next = mulberry32(3);
  const image = tensor(
    Uint8Array.from({ length: 7 * 5 * 3 }, () => 20 + 200 * next()),
    [7, 5, 3],
  );
  const asReference = { height: 7, width: 5, channels: 3, pixels: image.dataSync() };

  it.each(fillModes)("agrees with the reference where it looks far outside: %s", (fillMode) => {
    const parameters = { theta: 77, tx: -21.3, ty: 8.9, zx: 3.7, zy: 5.1, flipVertical: true };
    const { values } = reference(asReference, transformMatrix(parameters, 7, 5), fillMode, 9);
    const got = applyTransform(image, parameters, { fillMode, cval: 9 });
    expectClose(got.dataSync(), values, { relative: 1e-7 });
  });

  it("looks as far as it likes at an image of one pixel", () => {
    const pixel = tensor([42], [1, 1, 1]);
    const got = fillModes.map((fillMode) => applyTransform(pixel, { tx: 3 }, { fillMode, cval: 5 }));
    expect(got.map((t) => t.dataSync()[0])).toEqual([42, 5, 42, 42]);
  });

  it("shifts channels within the range that the image has", () => {
    const got = applyTransform(image, { channelShiftIntensity: -33.5 });
    expectClose(got.dataSync(), channelShift(float64(image), -33.5), { relative: 1e-7 });
  });

  it("brightens as Pillow: whole levels, cut off and clipped", () => {
    const levels = tensor(Uint8Array.of(0, 1, 99, 100, 101, 255), [1, 2, 3]);
    const brightened = (brightness: number) => [...applyTransform(levels, { brightness }).dataSync()];
    expect(brightened(0.5)).toEqual([0, 0, 49, 50, 50, 127]);
    expect(brightened(1)).toEqual([0, 1, 99, 100, 101, 255]);
    expect(brightened(1.75)).toEqual([0, 1, 173, 175, 176, 255]);
    expect(brightened(-1)).toEqual([0, 0, 0, 0, 0, 0]);
    const fractions = tensor([0.9, 10.5, 254.99], [1, 1, 3]);
    expect([...applyTransform(fractions, { brightness: 1 }).dataSync()]).toEqual([0, 10, 254]);
    expect([...applyTransform(fractions, {}).dataSync()]).toEqual([...fractions.dataSync()]);
    const rgba = tensor(Uint8Array.of(10, 20, 30, 40), [1, 1, 4]);
    expect([...applyTransform(rgba, { brightness: 2 }).dataSync()]).toEqual([20, 40, 60, 40]);
  });

  it.each([
    ["keras3", -30, 255],
    ["keras3", 0, 290],
    ["keras2", 30, 200],
  ] as const)("stretches what has to be for brightness: %s, %d to %d", (convention, low, high) => {
    const values = Float32Array.from({ length: 30 }, (_, i) => low + ((high - low) * i) / 29);
    const got = applyTransform(tensor(values, [2, 5, 3]), { brightness: 0.7 }, { convention });
    const wanted = brighten(Float64Array.from(values), 0.7, convention === "keras2");
    // A level within a rounding error of a whole number may be cut off to the one below.
    const off = wanted.filter((value, i) => Math.abs(value - got.dataSync()[i]) > 1e-4);
    expect(off.length).toBeLessThanOrEqual(1);
  });

  it("takes one image and numbers", () => {
    expect(() => applyTransform(tensor([1, 2], [1, 2]), {})).toThrow("expected one image");
    expect(() => applyTransform(image, { theta: NaN })).toThrow(
      "applyTransform: theta: expected a finite number, got NaN",
    );
  });
});
