/** `wgraft summary`: Keras's table of a network. Opens no device and fetches no weights. */
import { stat } from "node:fs/promises";
import { WgraftError } from "../errors.js";
import { applications } from "../models/applications/index.js";
import { loadModel } from "../models/saving/load.js";
import type { Model } from "../models/model.js";
import { summary, summaryData } from "../models/summary.js";
import { applicationOf } from "./base.js";
import { applicationNames, type Pooling } from "./options.js";
import type { CommandContext, GlobalOptions } from "./run.js";

export interface SummaryCommandOptions extends GlobalOptions {
  size: number;
  includeTop?: boolean;
  alpha?: number;
  layer?: string;
  pooling?: Pooling;
}

export async function summarize(
  { out }: CommandContext,
  name: string,
  options: SummaryCommandOptions,
): Promise<void> {
  const model = await open(name, options);
  for (const line of summary(model)) out.result(line);
  out.finish(summaryData(model));
}

async function open(
  name: string,
  { size, includeTop = false, alpha, layer, pooling }: SummaryCommandOptions,
): Promise<Model> {
  if ((applicationNames as readonly string[]).includes(name)) {
    const inputShape = [size, size, 3] as const;
    return applications[applicationOf(name)].build({ includeTop, inputShape, alpha, layer, pooling });
  }
  if (await stat(name).catch(() => undefined)) return loadModel(name);
  throw new WgraftError(
    "usage",
    `${name} is neither an application (${applicationNames.join(", ")}) nor a file that exists`,
  );
}
