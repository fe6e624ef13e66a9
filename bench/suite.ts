/** All there is to measure, and the measuring of it, one item after the other. */
import { WgraftError, messageOf } from "../src/errors.js";
import type { Device } from "../src/kernels/gpu/device.js";
import type { Bench, Item, Measurement, Peaks } from "./item.js";
import { extractionItems } from "./jobs/extraction.js";
import { float16Items } from "./jobs/float16.js";
import { firstPredictionItems } from "./jobs/firstPrediction.js";
import { trainingItems } from "./jobs/training.js";
import { wholeVgg16Items } from "./jobs/wholeVgg16.js";
import { convolutionItems } from "./kernels/convolutions.js";
import { channelwiseItems } from "./kernels/channelwise.js";
import { otherItems } from "./kernels/others.js";
import { peakItems } from "./peak.js";
import { budgets } from "./repeat.js";
import type { Figure, Report } from "./report.js";

export const allItems: readonly Item[] = [
  ...peakItems,
  ...convolutionItems,
  ...otherItems,
  ...channelwiseItems,
  ...trainingItems,
  ...float16Items,
  ...wholeVgg16Items,
  ...extractionItems,
  ...firstPredictionItems,
];

type Measured = Pick<Report, "figures" | "failures">;

export interface SuiteOptions {
  readonly quick: boolean;
  readonly signal?: AbortSignal;
  /** As it was given to the command line: part of a name. */
  readonly adapter?: string;
  /** Called after each item, with all that there is so far. */
  onFigures?(measured: Measured): Promise<void>;
  /** Called before each item. */
  onItem?(name: string, place: number, total: number): void;
  /** Called for each that the adapter does not support and that need not be there. */
  onSkip?(name: string, reason: string): void;
}

/**
 * Measures the items, and the peaks first, which the others are held against.
 * @returns with the reasons of those that failed
 * @throws WgraftError `aborted`; `device-lost`, after which nothing else can be measured
 */
export async function runSuite(
  device: Device,
  items: readonly Item[],
  options: SuiteOptions,
): Promise<Measured> {
  const figures: Figure[] = [];
  const failures: Report["failures"] = [];
  const budget = budgets[options.quick ? "quick" : "full"];
  const { signal, adapter } = options;
  const base = { device, budget, signal, adapter };
  const peaks = new Peak(base);
  const bench: Bench = { ...base, peaks: () => peaks.both() };
  for (const [i, { name, group, optional, measure }] of items.entries()) {
    options.onItem?.(name, i + 1, items.length);
    try {
      const measurement = group === "peak" ? await peaks.of(name) : await measure(bench);
      figures.push({ name, group, ...measurement });
    } catch (error) {
      if (error instanceof WgraftError && ["aborted", "device-lost"].includes(error.code)) throw error;
      const isUnsupported = error instanceof WgraftError && error.code === "not-supported";
      if (optional && isUnsupported) options.onSkip?.(name, error.message);
      else failures.push({ name, reason: messageOf(error) });
    }
    await options.onFigures?.({ figures, failures });
  }
  return { figures, failures };
}

/** The peaks, each measured once, when it is first asked for. */
class Peak {
  private readonly found = new Map<string, Measurement>();

  constructor(private readonly bench: Omit<Bench, "peaks">) {}

  async of(name: string): Promise<Measurement> {
    const item = peakItems.find((p) => p.name === name)!;
    const measurement =
      this.found.get(name) ?? (await item.measure({ ...this.bench, peaks: () => this.both() }));
    this.found.set(name, measurement);
    return measurement;
  }

  async both(): Promise<Peaks> {
    const [fma, copy] = [await this.of("peak fma"), await this.of("peak copy")];
    return { gflops: fma.gflops!, gbps: copy.gbps! };
  }
}
