/** VGG16 with its dense layers on one image of 224×224: what other libraries publish for GPUs. See docs/gpus.md. */
import { createDevice, type Device } from "../../src/kernels/gpu/device.js";
import { applications } from "../../src/models/applications/index.js";
import type { FloatType } from "../../src/tensor.js";
import type { Bench, Item, Measurement } from "../item.js";
import { samples } from "../random.js";
import { repeat, timed } from "../repeat.js";
import { summarize } from "../statistics.js";
import { flopsOf, release } from "./networks.js";

async function measureOn(device: Device, bench: Bench): Promise<Measurement> {
  const { budget, signal } = bench;
  const { gflops: peak } = await bench.peaks();
  const model = applications.vgg16.build({ device, seed: 1 });
  try {
    const x = samples([1, ...model.inputShape], 2);
    const run = () => model.predict(x, { batchSize: 1, signal });
    const summary = summarize(await repeat(() => timed(run), budget, signal));
    const sample = { shape: model.inputShape, dtype: "float32" } as const;
    const gflops = flopsOf(model).forward / summary.median / 1e6;
    return {
      ...summary,
      detail: `VGG16, 1×224×224${device.precision === "float16" ? ", float16" : ""}`,
      rate: { value: 1000 / summary.median, unit: "img/s" },
      gflops,
      flopShare: gflops / peak,
      memory: (await model.ready()).plan("predict", 1, sample).memory,
    };
  } finally {
    await release(model);
  }
}

/** Float16 has a device to itself: weights live on one device. */
async function measure(bench: Bench, precision: FloatType): Promise<Measurement> {
  const { device, adapter } = bench;
  if (device.precision === precision) return measureOn(device, bench);
  const other = await createDevice({ adapter, toggles: device.toggles, precision });
  try {
    return await measureOn(other, bench);
  } finally {
    other.destroy();
  }
}

/** Names of items, which docs/gpus.md is made of. */
export const wholeVgg16 = { float32: "vgg16 whole batch 1", float16: "vgg16 whole f16 batch 1" } as const;

export const wholeVgg16Items: readonly Item[] = [
  { name: wholeVgg16.float32, group: "job", measure: (bench) => measure(bench, "float32") },
  { name: wholeVgg16.float16, group: "job", optional: true, measure: (bench) => measure(bench, "float16") },
];
