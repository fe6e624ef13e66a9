/**
 * `npm run bench [-- --json]`: how fast this machine's adapter does the main jobs. Seeded weights, random pictures; each
 * figure is the median of several runs after one that warms up, with the fastest and the slowest beside it.
 */
import { cpus } from "node:os";
import { performance } from "node:perf_hooks";
import {
  createDevice,
  Dense,
  Dropout,
  RMSprop,
  Sequential,
  tensor,
  VGG16,
  type Device,
  type Tensor,
} from "../src/index.js";
import { mulberry32 } from "../src/models/random.js";

interface Figure {
  readonly job: string;
  readonly unit: string;
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Multiply-adds count two; convolutions of VGG16 without its top at 150 × 150. */
const vgg16Flops = 13.23e9;
const runs = 3;

function random(shape: readonly number[], seed: number): Tensor<"float32"> {
  const next = mulberry32(seed);
  return tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b) }, next), shape);
}

/** @param figure what a run that took so many seconds is worth, in `unit` */
async function measure(
  job: string,
  unit: string,
  run: () => Promise<unknown>,
  figure: (s: number) => number,
) {
  await run();
  const figures: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await run();
    figures.push(figure((performance.now() - start) / 1000));
  }
  figures.sort((a, b) => a - b);
  return { job, unit, median: figures[runs >> 1], least: figures[0], most: figures[runs - 1] };
}

async function forward(device: Device, batch: number): Promise<Figure> {
  const inputShape = [150, 150, 3];
  const base = await VGG16({ weights: "random", includeTop: false, inputShape, device, seed: 1 });
  const x = random([batch, ...inputShape], 2);
  const job = `VGG16 base, 150×150, batch ${batch}`;
  const figure = await measure(
    job,
    "img/s",
    () => base.predict(x, { batchSize: batch }),
    (s) => batch / s,
  );
  await (await base.ready()).destroy();
  return figure;
}

async function headEpoch(device: Device): Promise<Figure> {
  const model = new Sequential(
    [
      new Dense({ units: 256, activation: "relu", inputDim: 8192 }),
      new Dropout({ rate: 0.5 }),
      new Dense({ units: 1, activation: "sigmoid" }),
    ],
    { device, seed: 1 },
  );
  model.compile({ optimizer: new RMSprop({ learningRate: 2e-5 }), loss: "binary_crossentropy" });
  const [x, y] = [random([2000, 8192], 3), tensor(Float32Array.from({ length: 2000 }, (_, i) => i % 2))];
  const job = "head epoch, 2,000 samples, 8192 → 256 → 1, batches of 20";
  return measure(
    job,
    "s",
    () => model.fit(x, y, { batchSize: 20 }),
    (s) => s,
  );
}

const json = process.argv.includes("--json");
const device = await createDevice();
if (!json) console.log(`${device.name}; ${cpus().length} CPUs, Node ${process.version}`);
const figures: Figure[] = [];
for (const job of [1, 4, 20].map((batch) => () => forward(device, batch)).concat(() => headEpoch(device))) {
  const figure = await job();
  figures.push(figure);
  const [median, least, most] = [figure.median, figure.least, figure.most].map((v) => v.toPrecision(3));
  const rate = figure.unit === "img/s" ? `, ${((figure.median * vgg16Flops) / 1e9).toFixed(1)} GFLOP/s` : "";
  if (!json) console.log(`${figure.job}: ${median} ${figure.unit} (${least} to ${most}${rate})`);
}
if (json) {
  const { info, toggles } = device;
  console.log(
    JSON.stringify({ adapter: info, toggles, node: process.version, cpus: cpus().length, figures }),
  );
}
device.destroy();
