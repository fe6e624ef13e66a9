/** Forward passes over any number of samples. */
import { throwIfAborted, WgraftError } from "../../errors.js";
import type { Feeds, Program } from "../../graph/program/program.js";
import { beginJob } from "../../graph/tuning/job.js";
import type { TensorData } from "../../tensor.js";
import { allocate, sizeOf, Tensor } from "../../tensor.js";
import { listed, type OneOrMore } from "../ends.js";
import { batchSizeFor, type AnyBatch, type BatchSource, type SampleSpec } from "./batches.js";
import { feedsOf, nameAt } from "./feeds.js";
import type { PredictArguments } from "./options.js";
import type { Programs } from "./programs.js";

/** Runs that may wait for their results at once: one computes, one is read back. */
const runsAhead = 2;

/** A program, and what each of its runs is fed besides the samples. */
export interface Run {
  readonly program: Program;
  /** Samples in a batch. */
  readonly batch: number;
  readonly feeds: Feeds;
  /** What is fed for each sample of a batch besides, as many rows as the batch has. Default: nothing. */
  readonly rowsOf?: (batch: AnyBatch) => Readonly<Record<string, TensorData>>;
}

/**
 * Compiles for at most `batchSize` samples; halves that until the adapter can bind every tensor.
 * @param mode of the model's program; or a function that makes another one in inference mode
 */
export async function fittingRun(
  programs: Programs,
  mode: "predict" | "test" | ((batch: number) => Promise<Program>),
  batchSize: number,
  sample: OneOrMore<SampleSpec>,
): Promise<Run> {
  const isOwn = typeof mode === "function";
  for (let batch = batchSize; ; batch = Math.ceil(batch / 2)) {
    try {
      const program = await (isOwn ? mode(batch) : programs[mode](batch, sample));
      return { program, batch, feeds: programs.sizeFeeds(isOwn ? "predict" : mode, batch, sample) };
    } catch (error) {
      if (batch === 1 || !(error instanceof WgraftError) || error.code !== "out-of-memory") throw error;
    }
  }
}

/**
 * The outputs of a program for each batch of a source, in order, while later batches are already under way.
 * A batch that is shorter than the program's is padded, so that one program serves them all; its outputs are trimmed.
 * @param samples of all batches together
 */
export async function* forward<B extends AnyBatch>(
  batches: AsyncIterable<B> | Iterable<B>,
  { program, batch: batchSize, feeds, rowsOf }: Run,
  samples: number,
  signal?: AbortSignal,
): AsyncGenerator<{ batch: B; outputs: Record<string, TensorData> }> {
  const pending: { batch: B; result: Promise<Record<string, TensorData>> }[] = [];
  const release = program.hold();
  const job = beginJob(program.device, Math.ceil(samples / batchSize));
  try {
    for await (const batch of batches) {
      throwIfAborted(signal);
      const wantsLabels = program.hasInput("labels");
      const fill = (values: OneOrMore<TensorData>) =>
        listed(values).map((one) => padded(one, batch.size, batchSize));
      const rows = Object.entries(rowsOf?.(batch) ?? {});
      program.submit({
        ...feedsOf("x", fill(batch.x)),
        ...feeds,
        ...Object.fromEntries(rows.map(([name, values]) => [name, fill(values)[0]])),
        ...(wantsLabels && feedsOf("labels", fill(batch.y!))),
      });
      pending.push({ batch, result: program.fetch() });
      if (pending.length < runsAhead) continue;
      const { batch: done, result } = pending.shift()!;
      yield { batch: done, outputs: trimmed(await result, done.size, batchSize) };
      await job.ran(program);
    }
    for (const { batch, result } of pending.splice(0))
      yield { batch, outputs: trimmed(await result, batch.size, batchSize) };
  } finally {
    await Promise.allSettled(pending.map((p) => p.result));
    release();
    job.end();
  }
}

function padded<T extends TensorData>(values: T, size: number, batchSize: number): T {
  if (size === batchSize) return values;
  const row = values.length / size;
  const dtype =
    values instanceof Float32Array ? "float32" : values instanceof Uint8Array ? "uint8" : "uint32";
  const out = allocate(dtype, batchSize * row) as T;
  out.set(values);
  return out;
}

/** The outputs of the first `size` of `batchSize` samples. */
function trimmed(
  outputs: Record<string, TensorData>,
  size: number,
  batchSize: number,
): Record<string, TensorData> {
  const entries = Object.entries(outputs).map(
    ([name, values]) => [name, values.subarray(0, (values.length / batchSize) * size)] as const,
  );
  return Object.fromEntries(entries);
}

/**
 * Predictions of every sample of a source, of each output of the model: (n, …output). Each keeps its sample's place; rows of
 * images that the source skipped are NaN.
 */
export async function predict(
  programs: Programs,
  source: BatchSource,
  options: PredictArguments = {},
): Promise<Tensor<"float32">[]> {
  if (source.samples === Infinity)
    throw new WgraftError("usage", "predict: samples without an end cannot all be predicted");
  const wanted = batchSizeFor(source, options.batchSize);
  const run = await fittingRun(programs, "predict", wanted, source.sample);
  const results = programs.network.outputs.map((_, i) => {
    const [, ...shape] = run.program.outputSpec(nameAt("y", i)).shape;
    const row = sizeOf(shape);
    return { row, shape, out: new Float32Array(source.samples * row).fill(NaN) };
  });
  let done = 0;
  const batches = source.batches(run.batch, undefined, options.signal);
  for await (const { batch: given, outputs } of forward(batches, run, source.samples, options.signal)) {
    for (const [i, { row, out }] of results.entries()) {
      const y = outputs[nameAt("y", i)];
      if (given.indices)
        given.indices.forEach((place, k) => out.set(y.subarray(k * row, (k + 1) * row), place * row));
      else out.set(y, done * row);
    }
    done += given.size;
    options.onProgress?.(done, source.samples);
  }
  return results.map(({ out, shape }) => new Tensor(out, [source.samples, ...shape], "float32"));
}
