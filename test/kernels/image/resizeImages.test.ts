import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import {
  boxNumbers,
  resizeImages,
  type ResizeImagesAttrs,
  type SourceBox,
} from "../../../src/kernels/image/resizeImages.js";
import { conversionOf } from "../../../src/kernels/image/preprocessModes.js";
import { toBytes } from "../../../src/kernels/image/toBytes.js";
import { float32, specOf } from "../../../src/kernels/op.js";
import { mulberry32 } from "../../../src/models/random.js";
import { sizeOf, tensor } from "../../../src/tensor.js";
import { resize2d as reference } from "../../reference/resize2d.js";
import { expectClose } from "../../support/expectClose.js";
import { createTestDevice, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

interface Image {
  readonly size: readonly [number, number];
  readonly box?: SourceBox;
}

/** Of several sizes, whole, cut and padded. */
const images: Image[] = [
  { size: [7, 5] },
  { size: [3, 9], box: { size: [3, 4], start: [0, 3] } },
  { size: [1, 1] },
  { size: [20, 6], box: { size: [8, 5], start: [11, 1] } },
  { size: [4, 6], box: { size: [4, 6], padding: [2, 0] } },
  { size: [9, 3], box: { size: [9, 3], padding: [0, 3] } },
];

/** Pixels of all images one after another, and their boxes. */
function inputsOf(channels: number, draw: () => number) {
  let first = 0;
  const boxes = images.flatMap(({ size, box = { size } }) => {
    const numbers = boxNumbers(box, size[1], channels, first);
    first += sizeOf(size) * channels;
    return numbers;
  });
  return {
    pixels: Array.from({ length: first }, draw),
    boxes: tensor(Uint32Array.from(boxes), [images.length, 8]),
  };
}

function expected(pixels: readonly number[], attrs: ResizeImagesAttrs): number[] {
  const { channels, fillValue = 0, mode = "none", scale } = attrs;
  const { reverse, scale: factor, offset } = conversionOf(mode, scale);
  let first = 0;
  return images.flatMap(({ size: [height, width], box = { size: [height, width] } }) => {
    const { size, start = [0, 0], padding = [0, 0] } = box;
    const shape = [1, size[0] + 2 * padding[0], size[1] + 2 * padding[1], channels];
    const source = Float64Array.from({ length: sizeOf(shape) }, (_, i) => {
      const channel = i % channels;
      const column = (Math.floor(i / channels) % shape[2]) - padding[1];
      const row = Math.floor(i / channels / shape[2]) - padding[0];
      if (row < 0 || column < 0 || row >= size[0] || column >= size[1]) return fillValue;
      const pixel = (start[0] + row) * width + start[1] + column;
      const from = reverse ? channels - 1 - channel : channel;
      return pixels[first + pixel * channels + from] * factor[channel % 3] - offset[channel % 3];
    });
    first += height * width * channels;
    return [...reference(source, shape, attrs)];
  });
}

const next = mulberry32(5);
const byte = () => Math.floor(256 * next());

const ways: ResizeImagesAttrs[] = [
  { size: [5, 8], channels: 3, interpolation: "bilinear", fillValue: 7.5 },
  { size: [4, 4], channels: 1, interpolation: "nearest" },
  { size: [3, 2], channels: 3, interpolation: "bilinear", antialias: true },
  { size: [6, 5], channels: 3, interpolation: "bicubic" },
];

describe.each(ways)("images of many sizes to $size, $interpolation", (way) => {
  it("from floats", async () => {
    const { pixels, boxes } = inputsOf(way.channels, () => Math.fround(next() - 0.5));
    const x = tensor(Float32Array.from(pixels), [pixels.length]);
    const [y] = await runOp(device, resizeImages, [x, boxes], way);
    expect(y.shape).toEqual([images.length, ...way.size, way.channels]);
    expectClose(y.dataSync(), expected(pixels, way), { relative: 2e-6, absolute: 2e-5 });
  });

  it.each(["float32", "float16"] as const)("from bytes that are preprocessed, as %s", async (dtype) => {
    const { pixels, boxes } = inputsOf(way.channels, byte);
    const x = tensor(Uint8Array.from(pixels), [pixels.length]);
    for (const mode of way.channels === 3 ? (["none", "caffe", "tf"] as const) : (["rescale"] as const)) {
      const attrs = { ...way, mode, dtype };
      const [y] = await runOp(device, resizeImages, [x, boxes], attrs);
      const relative = dtype === "float16" ? 2 ** -10 : 2e-6;
      expectClose(y.dataSync(), expected(pixels, attrs), {
        relative,
        absolute: dtype === "float16" ? 1e-2 : 2e-3,
      });
    }
  });
});

it("cuts floats to bytes, and takes images in parts", async () => {
  const [way] = ways;
  const { pixels, boxes } = inputsOf(3, () => 300 * next() - 20);
  const x = tensor(Float32Array.from(pixels), [pixels.length]);
  const bytes = pixels.map((value) => Math.trunc(Math.min(255, Math.max(0, value))));
  const caps = { maxStorageBufferBindingSize: 4096 };
  const [y] = await runOp(device, resizeImages, [x, boxes], { ...way, truncate: true }, { caps });
  expectClose(y.dataSync(), expected(bytes, way), { relative: 2e-6, absolute: 2e-3 });
});

it("says what it needs", () => {
  const [way] = ways;
  const boxes = specOf([2, 8], "uint32");
  expect(() => resizeImages.infer([float32(2, 3), boxes], way)).toThrow(
    "pixels (count,) of uint8 or float32",
  );
  expect(() => resizeImages.infer([float32(9), specOf([2, 4], "uint32")], way)).toThrow(
    "boxes uint32 (2, 8)",
  );
  const grey = { ...way, channels: 1, mode: "caffe" as const };
  expect(() => resizeImages.infer([specOf([9], "uint8"), boxes], grey)).toThrow("3 channels for mode caffe");
});

it.each([[[]], [[0]]])("makes whole numbers of 0 to 255, of float16 inputs %j too", async (float16) => {
  const values = [-3, -0.5, 0, 0.5, 1.5, 2.5, 2.75, 100.25, 254.5, 255, 300];
  const x = tensor(Float32Array.from(values), [values.length]);
  const [down] = await runOp(device, toBytes, [x], { rounding: "down" }, { float16 });
  expect([...down.dataSync()]).toEqual([0, 0, 0, 0, 1, 2, 2, 100, 254, 255, 255]);
  const [nearest] = await runOp(device, toBytes, [x], { rounding: "nearest" }, { float16 });
  expect([...nearest.dataSync()]).toEqual([0, 0, 0, 0, 2, 2, 3, 100, 254, 255, 255]);
});
