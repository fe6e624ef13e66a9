/** What a base makes of images, batch by batch. */
import type { ImageFile } from "../../io/dataset/folder.js";
import { abortSignal, positiveInteger } from "../../options/checks.js";
import { checkOptions } from "../../options/checkOptions.js";
import { optional, optionsOf, type Arguments } from "../../options/fields.js";
import { Tensor } from "../../tensor.js";
import type { Model } from "../model.js";
import { checkOutputsFinite } from "../training/nonFinite.js";
import { fittingProgram, forward } from "../training/predict.js";
import type { ImageSource } from "./imageSource.js";

export interface FeatureBatch {
  /** float32 (n, …output of the base) */
  readonly features: Tensor<"float32">;
  /** Class indices (n). */
  readonly labels: Float32Array;
  readonly files: readonly ImageFile[];
}

export interface ExtractOptions {
  /** Images in one run. Default 20. Split further if the adapter's memory is too small. */
  batchSize?: number;
  signal?: AbortSignal;
}

const table = optionsOf<ExtractOptions>("extractFeatures").fields({
  batchSize: optional(positiveInteger, 20),
  signal: optional(abortSignal),
});

/**
 * Runs a base over images. While one batch is on the GPU the next are being decoded and uploaded.
 * @throws WgraftError `usage` for an option that is unknown or not what it should be; `bad-input` for features that are not
 *   finite; what the base, the source and the device throw; `aborted`
 */
export function extractFeatures(
  base: Model,
  source: ImageSource,
  options?: ExtractOptions,
): AsyncGenerator<FeatureBatch> {
  return extract(base, source, checkOptions(table, options));
}

async function* extract(
  base: Model,
  source: ImageSource,
  { batchSize, signal }: Arguments<typeof table>,
): AsyncGenerator<FeatureBatch> {
  const programs = await base.ready();
  const wanted = Math.max(1, Math.min(batchSize, source.samples));
  const { program, batch: size } = await fittingProgram(wanted, (n) => programs.predict(n, source.sample));
  const [, ...shape] = program.outputSpec("y").shape;
  const batches = source.batches(size, undefined, signal);
  for await (const { batch, outputs } of forward(batches, program, size, signal)) {
    const { files, y: labels } = batch;
    const part = { x: batch.x, outputs: outputs.y, size: batch.size };
    await checkOutputsFinite(programs, source.sample, part, (i) => files[i].relative);
    yield {
      features: new Tensor(outputs.y as Float32Array, [files.length, ...shape], "float32"),
      labels,
      files,
    };
  }
}
