/** The validation after each epoch of a fit. */
import { concatenate, sizeOf, tensor, type Tensor } from "../../tensor.js";
import { listed, unlisted } from "../ends.js";
import { ArraySource, type BatchSource } from "./batches.js";
import { evaluate, selection } from "./evaluate.js";
import { validationKey } from "./figures.js";
import { splitAtFrozenPrefix } from "./frozenPrefix.js";
import type { Logs } from "./history.js";
import type { EvaluateArguments } from "./options.js";
import { penalizesOutputs } from "./penalties.js";
import { fittingRun, forward } from "./predict.js";
import { Programs, type Compiled } from "./programs.js";

/** Bytes of features that a fit keeps on the host; where they would be more, every validation runs all layers. */
export const maxFeatureBytes = 2 ** 29;

/**
 * Evaluates a model again and again while it is trained. What its frozen prefix makes of samples that stay the same is
 * computed once and kept, until somebody sets weights of the prefix; the rest alone runs each time.
 */
export class Validation {
  private readonly split: { readonly prefix: Programs; readonly rest: Programs } | undefined;
  private features: { readonly source: BatchSource; readonly versions: string } | undefined;

  constructor(
    private readonly programs: Programs,
    compiled: Compiled,
    private readonly source: BatchSource,
    private readonly options: EvaluateArguments,
  ) {
    const { network, device } = programs;
    const canSplit = source.repeatable && !penalizesOutputs(network);
    const split = canSplit ? splitAtFrozenPrefix(network, compiled.trainable) : undefined;
    const { total } = selection(source, options);
    if (!split) return;
    const [features] = split.prefix.computeOutputShapes(listed(source.sample).map(({ shape }) => shape));
    if (total * sizeOf(features) * 4 > maxFeatureBytes) return;
    this.split = {
      prefix: new Programs(device, split.prefix, undefined),
      rest: new Programs(device, split.rest, compiled),
    };
  }

  /** Loss and metrics of the model as it is now, as val_loss, val_acc. */
  async logs(): Promise<Logs> {
    const figures = Object.entries(await this.figures());
    return Object.fromEntries(figures.map(([name, value]) => [validationKey(name), value]));
  }

  /** Frees what the model's own programs do not share. */
  async end(): Promise<void> {
    this.features = undefined;
    await this.split?.prefix.destroy();
    await this.split?.rest.destroy();
  }

  private async figures(): Promise<Logs> {
    if (!this.split) return evaluate(this.programs, this.source, this.options);
    const { prefix, rest } = this.split;
    const versions = prefix.network.weights.map(({ variable }) => variable.version).join();
    if (this.features?.versions !== versions) {
      this.features = { source: await featuresOf(prefix, this.source, this.options), versions };
      await prefix.destroy();
    }
    const { batchSize } = selection(this.source, this.options);
    return evaluate(rest, this.features.source, { batchSize, signal: this.options.signal });
  }
}

/** What a prefix makes of the samples that are to be validated on, with their labels and weights. */
async function featuresOf(
  prefix: Programs,
  source: BatchSource,
  options: EvaluateArguments,
): Promise<BatchSource> {
  const { batchSize, total, order } = selection(source, options);
  const run = await fittingRun(prefix, "predict", batchSize, source.sample);
  const [, ...shape] = run.program.outputSpec("y").shape;
  const row = sizeOf(shape);
  const features = new Float32Array(total * row);
  const labels: (readonly Float32Array[])[] = [];
  const weights: (readonly Float32Array[])[] = [];
  let done = 0;
  const batches = source.batches(run.batch, order, options.signal);
  for await (const { batch, outputs } of forward(batches, run, total, options.signal)) {
    const { size: n, y, sampleWeight = new Float32Array(n).fill(1) } = batch;
    features.set(outputs.y, done * row);
    if (y) labels.push(listed(y).map((values) => values.slice()));
    weights.push(listed(sampleWeight).map((values) => values.slice()));
    done += n;
  }
  // Fewer than planned if images that do not decode were skipped.
  const x = tensor(features.subarray(0, done * row), [done, ...shape]);
  const y = labels.length > 0 ? joined(labels, done) : undefined;
  const sampleWeight = joined(weights, done).map((t) => t.reshape([done]));
  return new ArraySource(x, y && unlisted(y), "none", unlisted(sampleWeight));
}

/** What batches have, one batch after the other: a tensor of rows for each of the list. */
function joined(batches: readonly (readonly Float32Array[])[], rows: number): Tensor<"float32">[] {
  return batches[0].map((_, i) => {
    const values = concatenate(
      "float32",
      batches.map((batch) => batch[i]),
    );
    return tensor(values, [rows, values.length / rows]);
  });
}
