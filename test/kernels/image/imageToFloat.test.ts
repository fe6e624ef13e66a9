import { afterAll, beforeAll, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { imageToFloat } from "../../../src/kernels/image/imageToFloat.js";
import { tensor } from "../../../src/tensor.js";
import golden from "../../golden/preprocess.json" with { type: "json" };
import { mulberry32 } from "../../../src/models/random.js";
import { expectClose } from "../../support/expectClose.js";
import { createTestDevice, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const image = tensor(Uint8Array.from(golden.image), [1, 2, 2, 3]);

it.each(["caffe", "tf", "torch"] as const)("%s is what keras.applications computes", async (mode) => {
  const [y] = await runOp(device, imageToFloat, [image], { mode });
  expectClose(y.dataSync(), golden[mode]);
});

// Images of 45 bytes: every one starts at another place in a word, and the last word is part padding.
const next = mulberry32(1);
const bytes = Uint8Array.from({ length: 5 * 5 * 3 * 3 }, () => 256 * next());
const images = tensor(bytes, [5, 5, 3, 3]);

it("rescales by 1/255, by another factor, or not at all", async () => {
  const [y] = await runOp(device, imageToFloat, [images], { mode: "rescale" });
  expectClose(
    y.dataSync(),
    Array.from(bytes, (byte) => byte / 255),
    { relative: 1.2e-7, absolute: 1e-12 },
  );
  const [half] = await runOp(device, imageToFloat, [images], { mode: "rescale", scale: 0.5 });
  expect(half.dataSync()).toEqual(Float32Array.from(bytes, (byte) => byte / 2));
  const [none] = await runOp(device, imageToFloat, [images], { mode: "none" });
  expect(none.dataSync()).toEqual(Float32Array.from(bytes));
});

it("reads images of one channel, and in parts where a batch is larger than a binding", async () => {
  const gray = tensor(bytes, [225, 1, 1, 1]);
  const caps = { maxStorageBufferBindingSize: 256 };
  await expect(runOp(device, imageToFloat, [gray], { mode: "none" }, { caps })).rejects.toThrow("do not fit");
  const larger = { caps: { maxStorageBufferBindingSize: 4 * 256 } };
  const many = tensor(
    Uint8Array.from({ length: 600 }, (_, i) => i),
    [600, 1, 1, 1],
  );
  const [y] = await runOp(device, imageToFloat, [many], { mode: "none" }, larger);
  expect(y.dataSync()).toEqual(Float32Array.from(many.dataSync()));
});

it("refuses gray images in modes that treat the channels differently", () => {
  expect(() => imageToFloat.infer([tensor(new Uint8Array(4), [1, 2, 2, 1])], { mode: "caffe" })).toThrow(
    "image_to_float: expected an image of 3 channels for mode caffe, got uint8 (1, 2, 2, 1)",
  );
  expect(() => imageToFloat.infer([tensor(new Uint8Array(4), [1, 1, 1, 4])], { mode: "torch" })).toThrow(
    "3 channels for mode torch",
  );
});
