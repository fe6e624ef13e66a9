import type { Callback, Logs } from "../training/history.js";

/**
 * Ends a fit when the loss is not a number or infinite, with a warning; after keras/src/callbacks/terminate_on_nan.py.
 * Figures come back from the GPU some steps late, so some more steps may have been taken by then.
 * @example
 * await model.fit(x, y, { epochs: 3, callbacks: [new TerminateOnNaN()] });
 */
export class TerminateOnNaN implements Callback {
  private ended = false;

  onTrainBegin(): void {
    this.ended = false;
  }

  onBatchEnd(batch: number, logs: Logs): void | "stop" {
    return this.check(`batch ${batch}`, logs);
  }

  onEpochEnd(epoch: number, logs: Logs): void | "stop" {
    return this.check(`epoch ${epoch}`, logs);
  }

  private check(where: string, { loss = 0 }: Logs): void | "stop" {
    if (Number.isFinite(loss)) return;
    if (!this.ended) {
      process.emitWarning(
        `${where}: the loss is ${loss}; the fit ends; try a lower learning rate or clipnorm`,
      );
    }
    this.ended = true;
    return "stop";
  }
}
