/** What a training left in its run folder, for those who look at it later. */
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { WgraftError } from "../../errors.js";
import { parseJson } from "../../io/json.js";
import type { History } from "../../io/report/history.js";
import { readRunConfig, type RunConfig } from "./config.js";
import { configFile, existingModel, historyFile } from "./files.js";

export interface FinishedRun {
  /** The folder. */
  readonly folder: string;
  readonly config: RunConfig;
  readonly history: History;
  readonly modelBytes: number;
}

const schema = z.record(z.string(), z.array(z.number().nullable()));

/**
 * @param path a run folder, or the model in it
 * @throws WgraftError `bad-input` for a path that is no run, with what was meant where that is near
 */
export async function readRun(path: string): Promise<FinishedRun> {
  const model = await existingModel(path);
  const folder = dirname(model);
  const config = await readRunConfig(model);
  const bad = (what: string) =>
    new WgraftError("bad-input", `${path}: is not a run of wgraft train: ${what}`);
  if (!config) throw bad(`there is no ${configFile} of one next to its model`);
  const file = join(folder, historyFile);
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new WgraftError("bad-input", `${file}: cannot be read, so ${path} cannot be compared`, { cause });
  });
  const { data, error } = schema.safeParse(parseJson(text, file, "history"));
  if (!data)
    throw new WgraftError(
      "bad-input",
      `${file}: is not the history of a training: ${error.issues[0].message}`,
    );
  // JSON has no NaN: a null stands for one.
  const history = Object.fromEntries(
    Object.entries(data).map(([name, values]) => [name, values.map((value) => value ?? NaN)]),
  );
  return { folder, config, history, modelBytes: (await stat(model)).size };
}
