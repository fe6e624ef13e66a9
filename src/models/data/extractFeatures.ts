/** What a base makes of images, batch by batch. */
import type { ImageFile } from "../../io/dataset/folder.js";
import { Tensor } from "../../tensor.js";
import type { Model } from "../model.js";
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
  /** Images in one run. Default 20. Split further where the adapter cannot hold that many. */
  batchSize?: number;
  signal?: AbortSignal;
}

/**
 * Runs a base over images. While one batch is on the GPU the next are being decoded and uploaded.
 * @throws WgraftError what the base, the source and the device throw; `aborted`
 */
export async function* extractFeatures(
  base: Model,
  source: ImageSource,
  options: ExtractOptions = {},
): AsyncGenerator<FeatureBatch> {
  const { batchSize = 20, signal } = options;
  const programs = await base.ready();
  const wanted = Math.max(1, Math.min(batchSize, source.samples));
  const { program, batch: size } = await fittingProgram(wanted, (n) => programs.predict(n, source.sample));
  const [, ...shape] = program.outputSpec("y").shape;
  const batches = source.batches(size, undefined, signal);
  for await (const { batch, outputs } of forward(batches, program, size, signal)) {
    const { files, y: labels } = batch;
    yield {
      features: new Tensor(outputs.y as Float32Array, [files.length, ...shape], "float32"),
      labels,
      files,
    };
  }
}
