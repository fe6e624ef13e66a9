/** `wgraft summary`: Keras's table of a network. Fetches no weights, and opens a device for its memory alone. */
import { stat } from "node:fs/promises";
import { WgraftError } from "../errors.js";
import type { Device } from "../kernels/gpu/device.js";
import { applicationNames } from "../models/applications/catalog.js";
import { applications } from "../models/applications/index.js";
import { loadModel } from "../models/saving/load.js";
import type { Model } from "../models/model.js";
import { summary, summaryData } from "../models/summary.js";
import { applicationOf } from "./base.js";
import type { Pooling } from "./options.js";
import type { CommandContext, GlobalOptions } from "./run.js";
import { memoryOf, memoryTable, type MemoryOptions } from "./summaryMemory.js";

export interface SummaryCommandOptions extends GlobalOptions, MemoryOptions {
  size: number;
  includeTop?: boolean;
  alpha?: number;
  layer?: string;
  pooling?: Pooling;
  memory?: boolean;
}

export async function summarize(
  context: CommandContext,
  name: string,
  options: SummaryCommandOptions,
): Promise<void> {
  const { out } = context;
  const misplaced = options.memory ? undefined : memoryOnly.find((option) => options[option] !== undefined);
  if (misplaced !== undefined)
    throw new WgraftError("usage", `--${misplaced} says what memory is asked about; add --memory`);
  const device = options.memory ? await context.device() : undefined;
  const model = await open(name, options, device);
  const table = summaryData(model);
  for (const line of summary(model)) out.result(line);
  if (!device) {
    out.finish(table);
    return;
  }
  const putHead = isApplication(name) && !options.includeTop;
  const programs = await memoryOf(model, putHead, options, device);
  for (const line of memoryTable(programs, options.batchSize, device)) out.result(line);
  out.finish({
    ...table,
    memory: {
      adapter: device.name,
      precision: device.precision,
      memoryBudget: finite(device.memoryBudget),
      programs,
    },
  });
}

const memoryOnly = ["trainable", "optimizer"] as const;

/** JSON has no Infinity. */
function finite(bytes: number): number | null {
  return Number.isFinite(bytes) ? bytes : null;
}

function isApplication(name: string): boolean {
  return (applicationNames as readonly string[]).includes(name);
}

async function open(
  name: string,
  { size, includeTop = false, alpha, layer, pooling }: SummaryCommandOptions,
  device: Device | undefined,
): Promise<Model> {
  if (isApplication(name)) {
    const inputShape = [size, size, 3] as const;
    const options = { includeTop, inputShape, alpha, layer, pooling, device };
    return applications[applicationOf(name)].build(options);
  }
  if (await stat(name).catch(() => undefined)) return loadModel(name, { device });
  throw new WgraftError(
    "usage",
    `${name} is neither an application (${applicationNames.join(", ")}) nor a file that exists`,
  );
}
