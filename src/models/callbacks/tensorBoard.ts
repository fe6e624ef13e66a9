import { join } from "node:path";
import { EventWriter } from "../../io/tfevents.js";
import { figureOf } from "../training/figures.js";
import { either, oneOf, positiveInteger, text } from "../../options/checks.js";
import { checkOptions } from "../../options/checkOptions.js";
import { optional, optionsOf, type Arguments } from "../../options/fields.js";
import type { Logs } from "../training/history.js";
import { ModelCallback } from "./modelCallback.js";

export interface TensorBoardOptions {
  /** Folder for TensorBoard's `--logdir`. Default "logs". */
  logDir?: string;
  /**
   * Besides the figures of each epoch, write the running ones of each batch, or of each n-th; they come back from the
   * GPU some steps late, so the first batches of an epoch have none. Default "epoch".
   */
  updateFreq?: "epoch" | "batch" | number;
}

const table = optionsOf<TensorBoardOptions>("TensorBoard").fields({
  logDir: optional(text, "logs"),
  updateFreq: optional(either(oneOf(["epoch", "batch"]), positiveInteger), "epoch"),
});

/**
 * Writes scalars for TensorBoard, after keras/src/callbacks/tensorboard.py: event files in the folders `train` and
 * `validation` of `logDir`, under Keras's tags: epoch_loss, epoch_learning_rate, evaluation_loss_vs_iterations,
 * batch_loss. Graphs, histograms and profiles are not written.
 * @example
 * await model.fit(x, y, { epochs: 3, callbacks: [new TensorBoard({ logDir: "runs/logs" })] });
 */
export class TensorBoard extends ModelCallback {
  private readonly options: Arguments<typeof table>;
  private readonly writers = new Map<string, EventWriter>();
  private trainedBatches = 0;

  /** @throws WgraftError `usage` for an option that is unknown or not what it should be */
  constructor(options?: TensorBoardOptions) {
    super();
    this.options = checkOptions(table, options);
  }

  onTrainBegin(): void {
    this.writers.clear();
    this.trainedBatches = 0;
  }

  async onBatchEnd(_batch: number, logs: Logs): Promise<void> {
    const { updateFreq } = this.options;
    this.trainedBatches++;
    if (updateFreq === "epoch") return;
    if (this.trainedBatches % (updateFreq === "batch" ? 1 : updateFreq) !== 0) return;
    await this.write("train", this.trainedBatches, logs, (name) => `batch_${name}`);
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const { learningRate, iterations } = this.optimizer;
    const [training, validation]: Record<string, number>[] = [{}, {}];
    for (const [key, value] of Object.entries(logs)) {
      const { figure, isValidation } = figureOf(key);
      (isValidation ? validation : training)[figure] = value;
    }
    const ofEpoch = (name: string) => `epoch_${name}`;
    await this.write("train", epoch, { ...training, learning_rate: learningRate }, ofEpoch);
    await this.write("validation", iterations, validation, (name) => `evaluation_${name}_vs_iterations`);
    await this.write("validation", epoch, validation, ofEpoch);
  }

  /** Makes the folder's file when there is first something to write. */
  private async write(
    folder: "train" | "validation",
    step: number,
    figures: Logs,
    tag: (name: string) => string,
  ): Promise<void> {
    const entries = Object.entries(figures);
    if (entries.length === 0) return;
    let writer = this.writers.get(folder);
    if (!writer) {
      writer = await EventWriter.create(join(this.options.logDir, folder));
      this.writers.set(folder, writer);
    }
    await writer.scalars(step, Object.fromEntries(entries.map(([name, value]) => [tag(name), value])));
  }
}
