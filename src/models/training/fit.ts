/** The training loop. */
import { throwIfAborted, WgraftError } from "../../errors.js";
import type { Program } from "../../graph/program/program.js";
import { beginJob, type Job } from "../../graph/tuning/job.js";
import { listed } from "../ends.js";
import { batchSizeFor, shuffledOrder, type AnyBatch, type BatchSource } from "./batches.js";
import { feedsOf, weightsOf } from "./feeds.js";
import { History, RunningMean, type Callback, type Logs } from "./history.js";
import { InFlight } from "./inFlight.js";
import type { FitArguments } from "./options.js";
import { ringCapacity, type Compiled, type Programs } from "./programs.js";
import { Validation } from "./validation.js";

/** How often running figures are read back for callbacks, in milliseconds. */
const figuresEvery = 500;

export async function fit(
  programs: Programs,
  compiled: Compiled,
  source: BatchSource,
  options: FitArguments,
): Promise<History> {
  if (source.samples === 0) throw new WgraftError("bad-input", "fit: there are no samples to train on");
  if (source.samples === Infinity && options.stepsPerEpoch === undefined)
    throw new WgraftError("usage", "fit: samples without an end need stepsPerEpoch, the batches of an epoch");
  const history = new History();
  const { callbacks, initialEpoch, epochs } = options;
  const validation = validationOf(programs, compiled, options);
  for (const c of callbacks) await c.onTrainBegin?.();
  const job = beginJob(programs.device, (epochs - initialEpoch) * runsOfEpoch(source, options));
  try {
    for (let epoch = initialEpoch, stop = false; epoch < epochs && !stop; epoch++) {
      for (const c of callbacks) await c.onEpochBegin?.(epoch);
      const figures = new EpochFigures(programs);
      stop = await trainEpoch(programs, compiled, source, figures, epoch, options, job);
      const means = await figures.finish();
      figures.report(callbacks);
      const isDue = isValidated(epoch, options.validationFreq);
      const logs: Record<string, number> = { ...means, ...(isDue && (await validation?.logs())) };
      for (const c of callbacks) if ((await c.onEpochEnd?.(epoch, logs)) === "stop") stop = true;
      history.add(epoch, logs);
    }
  } finally {
    await validation?.end();
    job.end();
  }
  for (const c of callbacks) await c.onTrainEnd?.();
  return history;
}

/** @param epoch counted from 0 */
function isValidated(epoch: number, freq: FitArguments["validationFreq"]): boolean {
  return typeof freq === "number" ? (epoch + 1) % freq === 0 : freq.includes(epoch + 1);
}

/** @returns whether a callback wants the fit to end */
async function trainEpoch(
  programs: Programs,
  compiled: Compiled,
  source: BatchSource,
  figures: EpochFigures,
  epoch: number,
  options: FitArguments,
  job: Job,
): Promise<boolean> {
  const batchSize = batchSizeFor(source, options.batchSize);
  // What has no end has no order to shuffle.
  const shuffle = source.samples < Infinity && (options.shuffle ?? source.defaults?.shuffle ?? true);
  const seed = source.defaults?.seed ?? compiled.seed;
  const pass = (repeat: number) => {
    const order = shuffle ? shuffledOrder(source.samples, seed, { epoch, repeat }) : undefined;
    return source.batches(batchSize, order, options.signal, { epoch, repeat });
  };
  const inFlight = new InFlight(programs.device);
  let batchNumber = 0;
  let asked = performance.now();
  for await (const batch of steps(pass, options.stepsPerEpoch)) {
    const waited = performance.now() - asked;
    throwIfAborted(options.signal);
    const program = await trainStep(programs, compiled, source, batch);
    await figures.stepped(compiled.optimizer.iterations - 1, batch.size);
    figures.report(options.callbacks);
    await inFlight.submittedOne();
    await job.ran(program);
    let stop = false;
    for (const c of options.callbacks)
      if ((await c.onBatchEnd?.(batchNumber, figures.running(), waited)) === "stop") stop = true;
    if (stop) return true;
    batchNumber++;
    asked = performance.now();
  }
  return false;
}

/** Runs of programs in an epoch, those of its validation included. */
function runsOfEpoch(
  source: BatchSource,
  { batchSize, stepsPerEpoch, validationData, validationSteps }: FitArguments,
) {
  const steps = stepsPerEpoch ?? Math.ceil(source.samples / batchSizeFor(source, batchSize));
  if (!validationData) return steps;
  const validated = Math.ceil(validationData.samples / batchSizeFor(validationData, batchSize));
  return steps + Math.min(validated, validationSteps ?? Infinity);
}

/** Submits one step. Its figures land in row (step modulo capacity) of the ring. @returns what was run */
export async function trainStep(
  programs: Programs,
  { optimizer }: Compiled,
  source: Pick<BatchSource, "sample">,
  batch: AnyBatch,
): Promise<Program> {
  const { x, y: labels, transforms } = batch;
  const weights = weightsOf(batch, programs.targets.length);
  const program = await programs.train(batch.size, source.sample, weights !== undefined);
  const step = Uint32Array.of(optimizer.iterations);
  if (!labels) throw new WgraftError("usage", "fit: the samples have no labels");
  if (listed(source.sample).some(({ augment }) => augment) && !transforms) {
    throw new WgraftError(
      "usage",
      "fit: the samples are to be augmented, but a batch came without transforms",
    );
  }
  program.submit({
    ...feedsOf("x", listed(x)),
    ...programs.sizeFeeds("train", batch.size, source.sample),
    ...feedsOf("labels", listed(labels)),
    ...{ step, hyper: optimizer.hyper() },
    ...(weights && feedsOf("sampleWeight", weights)),
    ...(transforms && { transforms }),
  });
  optimizer.iterations++;
  return program;
}

/** One pass over the data, or `count` batches out of as many passes as that takes. */
async function* steps(
  pass: (n: number) => AsyncIterable<AnyBatch> | Iterable<AnyBatch>,
  count: number | undefined,
): AsyncGenerator<AnyBatch> {
  for (let n = 0, taken = 0; n === 0 || taken < (count ?? 0); n++) {
    const before = taken;
    for await (const batch of pass(n)) {
      yield batch;
      if (++taken === count) return;
    }
    if (taken === before) throw new WgraftError("bad-input", "fit: the source of samples gave no batch");
  }
}

function validationOf(
  programs: Programs,
  compiled: Compiled,
  { validationData, batchSize, signal, validationSteps: steps }: FitArguments,
): Validation | undefined {
  return validationData && new Validation(programs, compiled, validationData, { batchSize, signal, steps });
}

/** Collects the figures of an epoch's steps out of the ring, as late as it can. */
class EpochFigures {
  private readonly means: RunningMean;
  private waiting: { row: number; samples: number }[] = [];
  /** Figures of steps that no callback has seen yet. */
  private unreported: Logs[] = [];
  private reported = 0;
  private reading: Promise<void> | undefined;
  private lastRead = performance.now();

  constructor(private readonly programs: Programs) {
    this.means = new RunningMean(programs.figures);
  }

  /** Notes a submitted step, and reads what has come together when it is time. */
  async stepped(step: number, samples: number): Promise<void> {
    this.waiting.push({ row: step % ringCapacity, samples });
    const full = this.waiting.length === ringCapacity;
    if (full) await this.reading;
    if (full || (!this.reading && performance.now() - this.lastRead > figuresEvery)) this.read();
  }

  /** Shows callbacks the steps whose figures have come since the last call. */
  report(callbacks: readonly Callback[]): void {
    for (const figures of this.unreported.splice(0)) {
      for (const c of callbacks) c.onStepFigures?.(this.reported, figures);
      this.reported++;
    }
  }

  running(): Logs {
    return this.means.logs();
  }

  async finish(): Promise<Logs> {
    await this.reading;
    this.read();
    await this.reading;
    return this.means.logs();
  }

  /** Reads what the steps submitted so far have written: the copy is queued behind them, ahead of later ones. */
  private read(): void {
    const rows = this.waiting.splice(0);
    this.lastRead = performance.now();
    this.reading = this.programs.ring.read().then((values) => {
      const { figures } = this.programs;
      for (const { row, samples } of rows) {
        const step = values.subarray(row * figures.length, (row + 1) * figures.length);
        this.means.add(step, samples);
        this.unreported.push(Object.fromEntries(figures.map((name, i) => [name, step[i]])));
      }
      this.reading = undefined;
    });
    // Whoever awaits `reading` next sees the failure; until then it must not count as unhandled.
    this.reading.catch(() => undefined);
  }
}
