/** A fit without a network: callbacks see the figures they are to see. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Optimizer } from "../../src/models/optimizers/optimizer.js";
import { SGD } from "../../src/models/optimizers/sgd.js";
import type { Callback, Logs, TrainedModel } from "../../src/models/training/history.js";
import { tensor, type Tensor } from "../../src/tensor.js";

/** A model whose one weight is the number of the epoch under way. */
export class FakeModel implements TrainedModel {
  readonly compilation: { readonly optimizer: Optimizer };
  epoch = -1;
  /** The epoch whose weights were put back. */
  restored: number | undefined;

  constructor(optimizer: Optimizer = new SGD({ learningRate: 1 })) {
    this.compilation = { optimizer };
  }

  async getWeights(): Promise<Tensor[]> {
    return [tensor([this.epoch])];
  }

  async setWeights([weight]: readonly Tensor[]): Promise<void> {
    this.restored = (await weight.data())[0];
  }

  async save(path: string): Promise<void> {
    await writeFile(path, `epoch ${this.epoch}`);
  }
}

/** Calls the callbacks as `fit` does, with one batch of ten steps an epoch. */
export async function fitFigures(
  model: FakeModel,
  callbacks: readonly Callback[],
  figures: readonly Logs[],
): Promise<{ ran: number; logs: Logs[] }> {
  const seen: Logs[] = [];
  for (const c of callbacks) c.setModel?.(model);
  for (const c of callbacks) await c.onTrainBegin?.();
  for (let stop = false; !stop && seen.length < figures.length;) {
    model.epoch = seen.length;
    for (const c of callbacks) await c.onEpochBegin?.(model.epoch);
    const logs = { ...figures[model.epoch] };
    model.compilation.optimizer.iterations += 10;
    for (const c of callbacks) if ((await c.onEpochEnd?.(model.epoch, logs)) === "stop") stop = true;
    seen.push(logs);
  }
  for (const c of callbacks) await c.onTrainEnd?.();
  return { ran: seen.length, logs: seen };
}

/** Runs a test in a folder of its own. */
export async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
  try {
    await test(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
