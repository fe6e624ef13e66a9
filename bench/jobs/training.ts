/** Forward passes and training, through the models as a user calls them. */
import type { Program } from "../../src/graph/program/program.js";
import type { Layer } from "../../src/models/layers/layer.js";
import type { Model } from "../../src/models/model.js";
import { ArraySource } from "../../src/models/training/batches.js";
import { fittingRun } from "../../src/models/training/predict.js";
import type { Bench, Item, Measurement } from "../item.js";
import { labels, samples } from "../random.js";
import { repeat, timed } from "../repeat.js";
import { summarize } from "../statistics.js";
import {
  classifier,
  features,
  flopsOf,
  grafted,
  head,
  inputShape,
  pooledBase,
  release,
  vgg16Base,
  wholeNetworks,
  type WholeNetwork,
} from "./networks.js";

interface Job {
  readonly detail: string;
  readonly model: Model;
  /** Samples that a run takes in. */
  readonly count: number;
  readonly unit: string;
  /** Useful operations of a run. */
  readonly flops: number;
  /** The program behind it, for its memory. */
  readonly program: Program;
  readonly run: () => Promise<unknown>;
}

function jobItem(name: string, prepare: (bench: Bench) => Promise<Job>): Item {
  return {
    name,
    group: "job",
    async measure(bench): Promise<Measurement> {
      const peaks = await bench.peaks();
      const { model, detail, count, unit, flops, program, run } = await prepare(bench);
      try {
        const summary = summarize(await repeat(() => timed(run), bench.budget, bench.signal));
        const gflops = flops / summary.median / 1e6;
        return {
          ...summary,
          detail,
          rate: { value: (1000 * count) / summary.median, unit },
          gflops,
          flopShare: gflops / peaks.gflops,
          memory: program.memory,
        };
      } finally {
        await release(model);
      }
    },
  };
}

const forward = (batch: number) =>
  jobItem(`forward batch ${batch}`, async ({ device }) => {
    const model = await vgg16Base(device);
    const x = samples([batch, ...inputShape], 2);
    const programs = await model.ready();
    const { sample } = new ArraySource(x);
    const { program } = await fittingRun(programs, "predict", batch, sample);
    return {
      detail: `VGG16 base, ${batch}×150×150`,
      model,
      count: batch,
      unit: "img/s",
      flops: batch * flopsOf(model).forward,
      program,
      run: () => model.predict(x, { batchSize: batch }),
    };
  });

const network = (name: WholeNetwork, batch: number) =>
  jobItem(`${name} forward batch ${batch}`, async ({ device }) => {
    const model = pooledBase(name, device);
    const shape = model.inputShape;
    const x = samples([batch, ...shape], 2);
    const programs = await model.ready();
    const { sample } = new ArraySource(x);
    const { program } = await fittingRun(programs, "predict", batch, sample);
    return {
      detail: `${name}, ${batch}×${shape[0]}×${shape[1]}, pooled`,
      model,
      count: batch,
      unit: "img/s",
      flops: batch * flopsOf(model).forward,
      program,
      run: () => model.predict(x, { batchSize: batch }),
    };
  });

const networkStep = (name: WholeNetwork, batch: number, trainsBase: boolean) =>
  jobItem(`${name} ${trainsBase ? "training" : "frozen"} step`, async ({ device }) => {
    const model = classifier(name, device, trainsBase);
    const shape = model.inputShape;
    const x = samples([batch, ...shape], 4);
    const y = labels(batch);
    const { sample } = new ArraySource(x);
    return {
      detail: `${name} and Dense 1, ${batch}×${shape[0]}×${shape[1]}, ${trainsBase ? "all trained" : "base frozen"}`,
      model,
      count: batch,
      unit: "img/s",
      flops: batch * flopsOf(model).step,
      program: await (await model.ready()).train(batch, sample),
      run: () => model.trainOnBatch(x, y),
    };
  });

/** Small enough for a CPU adapter to take some seconds. */
const networkItems = wholeNetworks.flatMap((name) => [
  network(name, 4),
  networkStep(name, 8, false),
  networkStep(name, 8, true),
]);

const headSamples = 2000;
const headBatch = 20;

const headEpoch = jobItem("head epoch", async ({ device, signal }) => {
  const model = head(device);
  const x = samples([headSamples, features], 3);
  const y = labels(headSamples);
  const { sample } = new ArraySource(x);
  return {
    detail: `2,000 of 8192 → 256 → dropout → 1, batches of ${headBatch}`,
    model,
    count: headSamples,
    unit: "samples/s",
    flops: headSamples * flopsOf(model).step,
    program: await (await model.ready()).train(headBatch, sample),
    run: () => model.fit(x, y, { batchSize: headBatch, signal }),
  };
});

const step = (name: string, batch: number, detail: string, trains: (layer: Layer) => boolean) =>
  jobItem(name, async ({ device }) => {
    const model = await grafted(device, trains);
    const x = samples([batch, ...inputShape], 4);
    const y = labels(batch);
    const { sample } = new ArraySource(x);
    return {
      detail: `VGG16 and a head, ${batch}×150×150, ${detail}`,
      model,
      count: batch,
      unit: "img/s",
      flops: batch * flopsOf(model).step,
      program: await (await model.ready()).train(batch, sample),
      run: () => model.trainOnBatch(x, y),
    };
  });

export const trainingItems: readonly Item[] = [
  forward(1),
  forward(4),
  forward(20),
  headEpoch,
  step("frozen step", 32, "base frozen", () => false),
  step("fine-tuning step", 32, "block5 trained", (layer) => layer.name.startsWith("block5")),
  ...networkItems,
];
