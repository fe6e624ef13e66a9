import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { writing } from "../../io/writing.js";
import { check, flag, number } from "../../options/checks.js";
import { checkOptions } from "../../options/checkOptions.js";
import { nullable, optional, optionsOf, required, type Arguments } from "../../options/fields.js";
import type { Logs } from "../training/history.js";
import { formatPath } from "./formatPath.js";
import { ModelCallback } from "./modelCallback.js";
import { Monitor, monitorFields, type MonitorOptions } from "./monitor.js";

export interface ModelCheckpointOptions extends MonitorOptions {
  /**
   * Where to save: a name that ends in .h5, in which `{epoch:02d}` (counted from 1) and figures of the epoch
   * (`{val_loss:.2f}`) are filled in. Its folder is made.
   */
  filepath: string;
  /** Save only where the figure is better than any before. Default false: after each epoch. */
  saveBestOnly?: boolean;
  /** A value that must be beaten for the first save of `saveBestOnly`. Default: none. */
  initialValueThreshold?: number | null;
}

const h5Path = check<string>(
  "a name that ends in .h5",
  (value) => typeof value === "string" && value.endsWith(".h5"),
);

const table = optionsOf<ModelCheckpointOptions>("ModelCheckpoint").fields({
  filepath: required(h5Path),
  ...monitorFields,
  saveBestOnly: optional(flag, false),
  initialValueThreshold: nullable(optional(number())),
});

/**
 * Saves the model at the end of epochs, each file whole or not at all; after keras/src/callbacks/model_checkpoint.py.
 * @example
 * const best = new ModelCheckpoint({ filepath: "runs/best.h5", saveBestOnly: true });
 * await model.fit(x, y, { epochs: 3, validationSplit: 0.25, callbacks: [best] });
 */
export class ModelCheckpoint extends ModelCallback {
  private readonly options: Arguments<typeof table>;
  private readonly monitor: Monitor | undefined;
  private best: number | undefined;

  /** @throws WgraftError `usage` for an option that is unknown or not what it should be */
  constructor(options: ModelCheckpointOptions) {
    super();
    this.options = checkOptions(table, options);
    const { saveBestOnly, initialValueThreshold } = this.options;
    this.monitor = saveBestOnly ? new Monitor("ModelCheckpoint", this.options) : undefined;
    this.best = initialValueThreshold;
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const path = formatPath(this.options.filepath, { ...logs, epoch: epoch + 1 });
    if (!this.wantsSaving(logs)) return;
    await writing(path, () => mkdir(dirname(path), { recursive: true }));
    await this.model.save(path);
  }

  /** Where the figure is missing the model is saved, as Keras does: a checkpoint too many is better than none. */
  private wantsSaving(logs: Logs): boolean {
    const current = this.monitor?.valueIn(logs);
    if (!this.monitor || current === undefined) return true;
    if (!this.monitor.isImprovement(current, this.best)) return false;
    this.best = current;
    return true;
  }
}
