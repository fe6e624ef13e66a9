import { WgraftError } from "../../errors.js";
import { figureOf, isBetterHigh } from "../training/figures.js";
import { oneOf, text } from "../../options/checks.js";
import { optional } from "../../options/fields.js";
import type { Logs } from "../training/history.js";

/** Whether a monitored figure improves by falling ("min") or by rising ("max"); "auto" goes by its name. */
export type MonitorMode = "auto" | "min" | "max";

export interface MonitorOptions {
  /** A key of the history. Default "val_loss". */
  monitor?: string;
  /** Default "auto": losses fall, accuracies rise. */
  mode?: MonitorMode;
}

/** The options of callbacks that go by a figure. */
export const monitorFields = {
  monitor: optional(text, "val_loss"),
  mode: optional(oneOf<MonitorMode>(["auto", "min", "max"]), "auto"),
};

/**
 * What improvement means, for the callbacks that wait for one; after keras/src/callbacks/monitor_callback.py. Unlike
 * there, a figure that is not a number is never an improvement, not even the first.
 */
export class Monitor {
  readonly name: string;
  private readonly sign: 1 | -1;
  private readonly minDelta: number;
  private warned = false;

  /**
   * @param owner the callback's name, for messages
   * @param minDelta a change of at most this is no improvement
   * @throws WgraftError `usage` if mode "auto" cannot infer the direction from the name
   */
  constructor(
    private readonly owner: string,
    { monitor, mode = "auto" }: MonitorOptions & { monitor: string },
    minDelta = 0,
  ) {
    this.name = monitor;
    this.sign = (mode === "auto" ? directionOf(owner, monitor) : mode) === "max" ? 1 : -1;
    this.minDelta = Math.abs(minDelta);
  }

  /** Whether `value` is better than `reference` by more than the least change; anything is better than none. */
  isImprovement(value: number, reference: number | undefined): boolean {
    if (Number.isNaN(value)) return false;
    if (reference === undefined) return true;
    // Keras's order of operations, so that changes of just the least size are judged alike.
    return this.sign * (value - this.sign * this.minDelta) > this.sign * reference;
  }

  /** The figure of an epoch; undefined, with one warning, where the epoch has none. */
  valueIn(logs: Logs): number | undefined {
    if (Object.hasOwn(logs, this.name)) return logs[this.name];
    if (!this.warned) {
      process.emitWarning(
        `${this.owner}: there is no ${this.name} to go by; there are: ${Object.keys(logs).join(", ")}`,
      );
    }
    this.warned = true;
    return undefined;
  }
}

function directionOf(owner: string, monitor: string): "min" | "max" {
  const { figure } = figureOf(monitor);
  if (figure === "loss") return "min";
  if (isBetterHigh(figure)) return "max";
  throw new WgraftError(
    "usage",
    `${owner}: unknown whether ${monitor} should fall or rise; pass mode "min" or "max"`,
  );
}
