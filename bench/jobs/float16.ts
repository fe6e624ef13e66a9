/** The forward pass with activations stored as float16, and how far its features are from float32's. */
import { createDevice } from "../../src/kernels/gpu/device.js";
import type { FloatType } from "../../src/tensor.js";
import type { Bench, Item, Measurement } from "../item.js";
import { samples } from "../random.js";
import { repeat, timed } from "../repeat.js";
import { summarize } from "../statistics.js";
import { flopsOf, inputShape, release, vgg16Base } from "./networks.js";

const batch = 4;

/** Runs `body` with a VGG16 base on a device of its own: weights live on one device. */
async function withBase<T>(
  { adapter, device: { toggles } }: Bench,
  precision: FloatType,
  body: (base: Awaited<ReturnType<typeof vgg16Base>>) => Promise<T>,
): Promise<T> {
  const device = await createDevice({ adapter, toggles, precision });
  try {
    const base = await vgg16Base(device);
    const result = await body(base);
    await release(base);
    return result;
  } finally {
    device.destroy();
  }
}

async function measure(bench: Bench): Promise<Measurement> {
  const { budget, signal } = bench;
  const peaks = await bench.peaks();
  const x = samples([batch, ...inputShape], 2);
  const options = { batchSize: batch, signal };
  return withBase(bench, "float16", async (base) => {
    const rounded = (await base.predict(x, options)).dataSync();
    const exact = await withBase(bench, "float32", async (other) =>
      (await other.predict(x, options)).dataSync(),
    );
    const summary = summarize(await repeat(() => timed(() => base.predict(x, options)), budget, signal));
    const sample = { shape: inputShape, dtype: "float32" } as const;
    const gflops = (batch * flopsOf(base).forward) / summary.median / 1e6;
    return {
      ...summary,
      detail: `VGG16 base in float16, ${batch}×150×150`,
      rate: { value: (1000 * batch) / summary.median, unit: "img/s" },
      gflops,
      flopShare: gflops / peaks.gflops,
      memory: (await base.ready()).plan("predict", batch, sample).memory,
      note: differenceOf(rounded, exact),
    };
  });
}

function differenceOf(rounded: Float32Array, exact: Float32Array): string {
  let [worst, largest, squares, all] = [0, 0, 0, 0];
  exact.forEach((value, i) => {
    const error = Math.abs(rounded[i] - value);
    worst = Math.max(worst, error);
    largest = Math.max(largest, Math.abs(value));
    squares += error ** 2;
    all += value ** 2;
  });
  const [share, rms] = [worst / largest, Math.sqrt(squares / all)].map((v) => v.toExponential(1));
  return `features differ from float32's by ${share} of the largest at most, ${rms} rms`;
}

export const float16Items: readonly Item[] = [
  { name: `forward f16 batch ${batch}`, group: "job", optional: true, measure },
];
