/** Runs next to each other. */
import { AtomicFile, writeFileAtomic } from "../../io/atomic.js";
import { bestEpoch } from "../../io/report/bestEpoch.js";
import type { ComparedRun, Figures, RunComparison } from "../../io/report/comparison/comparison.js";
import { comparisonPage } from "../../io/report/comparison/page.js";
import { epochCount, type History } from "../../io/report/history.js";
import { flatSettings } from "../../io/report/sections/settings.js";
import { checkOptions } from "../../options/checkOptions.js";
import { listOf, text, type Check } from "../../options/checks.js";
import { optional, optionsOf, required } from "../../options/fields.js";
import { htmlPath } from "../options.js";
import { reportedSettings } from "../run/config.js";
import { readRun, type FinishedRun } from "../run/readRun.js";

export interface CompareOptions {
  /** Run folders, or the models in them. */
  runs: readonly string[];
  /** An HTML file to write, which is replaced: the curves over each other, figures, settings that differ. Default: none. */
  out?: string;
}

const paths = listOf(text);
const someRuns: Check<readonly string[], string[]> = {
  expected: "a list of one run folder or more",
  read: (value) => {
    const read = paths.read(value);
    return read && read.length > 0 ? read : undefined;
  },
};

const table = optionsOf<CompareOptions>("compareRuns").fields({
  runs: required(someRuns),
  out: optional(htmlPath),
});

/**
 * Reads what trainings left in their run folders, and says in what they differ.
 * @throws WgraftError `bad-input` for a path that is no run, `io` where the page cannot be written
 * @example
 * const { runs } = await compareRuns({ runs: ["runs/frozen", "runs/fine-tuned"], out: "comparison.html" });
 * for (const { run, best } of runs) console.log(run, best?.epoch, best?.figures.val_acc);
 */
export async function compareRuns(given: CompareOptions): Promise<RunComparison> {
  const { runs, out } = checkOptions(table, given);
  if (out !== undefined) await AtomicFile.begin(out);
  const found: FinishedRun[] = [];
  for (const path of runs) found.push(await readRun(path));
  const settings = found.map(({ config }) => {
    const { wgraft, adapter, toggles } = config;
    return new Map(flatSettings({ ...reportedSettings(config), wgraft, adapter, toggles }));
  });
  const names = [...new Set(settings.flatMap((one) => [...one.keys()]))];
  const rows = names.map((setting) => ({ setting, values: settings.map((one) => one.get(setting) ?? null) }));
  const differences = rows.filter(({ values }) => new Set(values).size > 1);
  const comparison = {
    runs: found.map((run, i) => compared(runs[i], run)),
    differences,
    sameSettings: rows.length - differences.length,
  };
  if (out !== undefined) await writeFileAtomic(out, await comparisonPage(comparison));
  return comparison;
}

function compared(run: string, { config, history, modelBytes }: FinishedRun): ComparedRun {
  const { validation } = config;
  const best = bestEpoch(history);
  return {
    run,
    history,
    application: config.base.application,
    finishedEpochs: config.finishedEpochs,
    stoppedEarly: config.stoppedEarly ?? false,
    best: best
      ? { epoch: best.epoch + 1, metric: best.metric, figures: figuresAt(history, best.epoch) }
      : null,
    final: figuresAt(history, epochCount(history) - 1),
    keptEpoch: config.keptEpoch ?? null,
    f1: validation?.f1 ?? null,
    auc: validation?.auc ?? null,
    calibrationError: validation?.calibrationError ?? null,
    parameters: config.parameters ?? null,
    modelBytes,
    seconds: config.seconds ?? null,
  };
}

function figuresAt(history: History, epoch: number): Figures {
  const figures = Object.entries(history).map(([name, values]) => {
    const value = values[epoch];
    return [name, Number.isFinite(value) ? value : null] as const;
  });
  return Object.fromEntries(figures);
}
