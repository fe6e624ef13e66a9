import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { WgraftError } from "../../errors.js";
import { writing } from "../../io/writing.js";
import type { Logs } from "../training/history.js";
import { formatPath } from "./formatPath.js";
import { ModelCallback } from "./modelCallback.js";
import { Monitor, type MonitorOptions } from "./monitor.js";

export interface ModelCheckpointOptions extends MonitorOptions {
  /**
   * Where to save: a name that ends in .h5, in which `{epoch:02d}` (counted from 1) and figures of the epoch
   * (`{val_loss:.2f}`) are filled in. Its folder is made.
   */
  filepath: string;
  /** Save only where the figure is better than any before. Default false: after each epoch. */
  saveBestOnly?: boolean;
  /** A value that must be beaten for the first save of `saveBestOnly`. Default: none. */
  initialValueThreshold?: number;
}

/** Saves the model at the end of epochs, each file whole or not at all; after keras/src/callbacks/model_checkpoint.py. */
export class ModelCheckpoint extends ModelCallback {
  private readonly monitor: Monitor | undefined;
  private best: number | undefined;

  /** @throws WgraftError `usage` for a path that does not end in .h5 */
  constructor(private readonly options: ModelCheckpointOptions) {
    super();
    const { filepath, saveBestOnly, initialValueThreshold } = options;
    if (!filepath.endsWith(".h5")) {
      throw new WgraftError("usage", `ModelCheckpoint: ${filepath}: give it a name that ends in .h5`);
    }
    this.monitor = saveBestOnly ? new Monitor("ModelCheckpoint", options) : undefined;
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
