import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { fillModes } from "../../../src/kernels/image/fillModes.js";
import { preprocessModes } from "../../../src/kernels/image/preprocessModes.js";
import { warpAffine, type WarpAffineAttrs } from "../../../src/kernels/image/warpAffine.js";
import { sizeOf, tensor, type Tensor } from "../../../src/tensor.js";
import { mulberry32 } from "../../../src/models/random.js";
import { brighten, channelShift, warpAffine as reference } from "../../reference/warpAffine.js";
import { createTestDevice, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

function randomImages(shape: number[], low = 0, high = 255): Tensor<"uint8"> {
  const next = mulberry32(sizeOf(shape));
  return tensor(
    Uint8Array.from({ length: sizeOf(shape) }, () => low + (high - low + 1) * next()),
    shape,
  );
}

/** A turn, a shear, a zoom and a shift about the middle; the odd images mirrored, some seen from far away. */
function transformsFor([batch, height, width]: readonly number[], seed = 7): Tensor<"float32"> {
  const next = mulberry32(seed);
  const between = (a: number, b: number) => a + (b - a) * next();
  const rows = Array.from({ length: batch }, (_, n) => {
    const [angle, zoom, flip] = [between(-3, 3), n === 2 ? 6 : between(0.5, 1.5), n % 2 ? -1 : 1];
    const m = [Math.cos(angle) * zoom, -Math.sin(angle), Math.sin(angle) * zoom * flip, Math.cos(angle)];
    const middle = [(height - 1) / 2 + between(-1, 1), (width - 1) / 2 + between(-1, 1)];
    const offset = (k: number) =>
      middle[k] - m[2 * k] * ((height - 1) / 2) - m[2 * k + 1] * ((width - 1) / 2);
    return [m[0], m[1], offset(0), between(-60, 60), m[2], m[3], offset(1), between(0.4, 1.8)];
  });
  return tensor(rows.flat(), [batch, 8]);
}

/** The reference on every image, and where float32 may differ from it by a jump. */
function expected(images: Tensor<"uint8">, transforms: Tensor, attrs: WarpAffineAttrs) {
  const [batch, height, width, channels] = images.shape;
  const t = transforms.dataSync();
  return Array.from({ length: batch }, (_, n) => {
    const pixels = images.slice(n, n + 1).dataSync();
    const row = t.subarray(8 * n, 8 * n + 8);
    const matrix = [row[0], row[1], row[2], row[4], row[5], row[6]];
    const image = { height, width, channels, pixels };
    const { values: warped, unsure } = reference(image, matrix, attrs.fillMode, attrs.cval ?? 0);
    let values = warped;
    if (attrs.channelShift) values = channelShift(values, row[3]);
    if (attrs.brightness) values = brighten(values, row[7], attrs.brightness === "stretch");
    return { values, unsure };
  });
}

/** float32 coordinates of some tens of pixels are good to 4e-6; an image changes by at most 255 a pixel, twice. */
const tolerance = 4e-6 * 2 * 255;

/** @returns how many values are further off than the tolerance */
function compare(y: Tensor, wanted: ReturnType<typeof expected>): number {
  const size = y.size / wanted.length;
  let [off, sure] = [0, 0];
  wanted.forEach(({ values, unsure }, n) => {
    const got = y.slice(n, n + 1).dataSync();
    values.forEach((value, i) => {
      if (unsure[i]) return;
      sure++;
      if (!(Math.abs(got[i] - value) <= tolerance)) off++;
    });
  });
  expect(sure).toBeGreaterThan(0.9 * size * wanted.length);
  return off;
}

const shapes = [
  [4, 7, 5, 3],
  [3, 4, 9, 1],
  [3, 11, 6, 2],
  [2, 5, 5, 4],
  [3, 1, 8, 3],
];

describe.each(fillModes)("warp_affine with fill mode %s", (fillMode) => {
  it.each(shapes.map((shape) => ({ shape })))("agrees with the reference on $shape", async ({ shape }) => {
    const [images, transforms] = [randomImages(shape), transformsFor(shape)];
    const attrs = { fillMode, cval: 7.5, mode: "none" } as const;
    const [y] = await runOp(device, warpAffine, [images, transforms], attrs);
    expect(y.shape).toEqual(shape);
    expect(compare(y, expected(images, transforms, attrs))).toBe(0);
  });

  it("gives the very pixels where a map takes pixels to pixels", async () => {
    const images = randomImages([2, 6, 5, 3]);
    const transforms = tensor([1, 0, 2, 0, 0, -1, 4, 0, 1, 0, -9, 0, 0, 1, 13, 0], [2, 8]);
    const attrs = { fillMode, cval: 3, mode: "none" } as const;
    const [y] = await runOp(device, warpAffine, [images, transforms], attrs);
    const wanted = expected(images, transforms, attrs).flatMap(({ values }) => [...values]);
    expect([...y.dataSync()]).toEqual(wanted);
  });
});

describe("warp_affine", () => {
  const images = randomImages([3, 6, 5, 3], 20, 230);
  const transforms = transformsFor(images.shape);
  const fillMode = "nearest";

  it("preprocesses as image_to_float does", async () => {
    const run = async (attrs: Partial<WarpAffineAttrs>) => {
      const [y] = await runOp(device, warpAffine, [images, transforms], { fillMode, mode: "none", ...attrs });
      return y.dataSync();
    };
    const plain = await run({});
    const scaled = await run({ mode: "rescale", scale: 0.5 });
    expect(scaled).toEqual(plain.map((value) => value / 2));
    expect(await run({ mode: "rescale" })).toEqual(plain.map((value) => value * Math.fround(1 / 255)));
    const meanBgr = preprocessModes.caffe.offset;
    const caffe = await run({ mode: "caffe" });
    caffe.forEach((value, i) => expect(value).toBeCloseTo(plain[i + 2 - 2 * (i % 3)] - meanBgr[i % 3], 4));
    const tf = await run({ mode: "tf" });
    tf.forEach((value, i) => expect(value).toBeCloseTo(plain[i] / 127.5 - 1, 6));
    const torch = await run({ mode: "torch" });
    const [mean, std] = [
      [0.485, 0.456, 0.406],
      [0.229, 0.224, 0.225],
    ];
    torch.forEach((value, i) => expect(value).toBeCloseTo((plain[i] / 255 - mean[i % 3]) / std[i % 3], 5));
  });

  it("shifts channels within the range of the warped image", async () => {
    const attrs = { fillMode, mode: "none", channelShift: true } as const;
    const [y] = await runOp(device, warpAffine, [images, transforms], attrs);
    expect(compare(y, expected(images, transforms, attrs))).toBe(0);
  });

  it.each([
    ["keep", { cval: 0 }],
    ["keep", { cval: -40 }],
    ["keep", { cval: 300, channelShift: true }],
    ["stretch", { cval: 0, channelShift: true }],
  ] as const)("brightens 8-bit levels: %s, %o", async (brightness, given) => {
    const attrs = { fillMode: "constant", mode: "none", brightness, ...given } as const;
    const [y] = await runOp(device, warpAffine, [images, transforms], attrs);
    // A level within a rounding error of a whole number may be cut off to the one below.
    expect(compare(y, expected(images, transforms, attrs))).toBeLessThan(0.01 * y.size);
  });

  it("leaves an alpha channel as bright as it is", async () => {
    const rgba = randomImages([1, 3, 3, 4]);
    const brighter = tensor([1, 0, 0, 0, 0, 1, 0, 0.5], [1, 8]);
    const attrs = { fillMode, mode: "none", brightness: "keep" } as const;
    const [y] = await runOp(device, warpAffine, [rgba, brighter], attrs);
    const wanted = rgba.dataSync().map((value, i) => (i % 4 === 3 ? value : Math.floor(value / 2)));
    expect([...y.dataSync()]).toEqual([...wanted]);
  });

  it("runs in parts where a batch is larger than a binding", async () => {
    const many = randomImages([40, 4, 4, 3]);
    const each = transformsFor(many.shape);
    const imageBytes = 4 * 4 * 3 * 4;
    for (const [fitting, channelShift] of [
      [16, false],
      [32, true],
    ] as const) {
      const attrs = { fillMode, mode: "none", channelShift } as const;
      const run = async (limit: number) => {
        const caps = { maxStorageBufferBindingSize: limit * imageBytes };
        const [y] = await runOp(device, warpAffine, [many, each], attrs, { caps });
        return y.dataSync();
      };
      expect(await run(fitting)).toEqual(await run(40));
      await expect(run(fitting / 2)).rejects.toThrow("do not fit");
    }
  });

  it("refuses what it cannot warp", () => {
    const infer = (a: Tensor, b: Tensor, mode: "none" | "caffe" = "none") =>
      warpAffine.infer([a, b], { fillMode, mode });
    expect(() => infer(randomImages([1, 2, 2, 5]), transforms)).toThrow("expected images of 1 to 4 channels");
    expect(() => infer(randomImages([1, 2, 2, 1]), transforms, "caffe")).toThrow("3 channels for mode caffe");
    expect(() => infer(images, tensor([1, 0, 0, 0, 1, 0], [1, 6]))).toThrow("transforms float32 (3, 8)");
  });
});
