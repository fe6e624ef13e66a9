/** What decides the course of a training: options and their defaults, or the run that is resumed. */
import { isDeepStrictEqual } from "node:util";
import { WgraftError } from "../../errors.js";
import type { NamedClassWeight } from "../data/classWeight.js";
import { defaults } from "../defaults.js";
import { seedOf } from "../options.js";
import type { CheckpointState } from "../run/checkpoint.js";
import type { ImageSettings, RunConfig, RunSettings } from "../run/config.js";
import { askedPrecision, type TrainingOptions } from "./options.js";

/** When a training ends and what it keeps: each resumption may change that. */
export function endOf(
  options: TrainingOptions,
  resumed: CheckpointState | undefined,
): Pick<RunConfig, "epochs" | "earlyStop" | "checkpointBest"> {
  return {
    epochs: options.epochs ?? resumed?.wantedEpochs ?? defaults.epochs,
    earlyStop: options.earlyStop ?? resumed?.earlyStop ?? null,
    checkpointBest: options.checkpointBest ?? resumed?.checkpointBest ?? false,
  };
}

/**
 * The settings of a new run.
 * @param data sha256 that identifies the training data
 * @param classWeight what the option `classWeight` comes to
 * @param images settings that only training on images has
 */
export function settingsOf(
  options: TrainingOptions,
  data: string,
  classWeight: NamedClassWeight | null,
  pictures?: ImageSettings,
): RunSettings {
  const isNewHead = options.init === undefined;
  return {
    data,
    init: options.init ?? null,
    units: isNewHead ? (options.units ?? defaults.units) : null,
    dropout: isNewHead ? (options.dropout ?? defaults.dropout) : null,
    optimizer: options.optimizer ?? defaults.optimizer,
    learningRate: options.learningRate ?? defaults.learningRate,
    batchSize: options.batchSize ?? defaults.batchSize,
    seed: seedOf(options),
    shuffle: options.shuffle ?? defaults.shuffle,
    stepsPerEpoch: options.stepsPerEpoch ?? null,
    validationSteps: options.validationSteps ?? null,
    precision: askedPrecision(options) ?? defaults.precision,
    classWeight,
    ...(pictures && { pictures }),
  };
}

/** Of a new head. The units are null only where there is a saved model to begin with. */
export function headSettingsOf({ units, dropout, seed }: RunSettings) {
  return { units: units ?? defaults.units, dropout: dropout ?? defaults.dropout, seed };
}

/**
 * Throws `usage` unless what is given again agrees with what a checkpoint remembers.
 * @param now options by name, and `data`; what is undefined was not given
 * @param whose what the data is called
 */
export function checkAgreement(
  then: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  { run, whose }: { run: string; whose: "features" | "images" },
): void {
  const differences = Object.keys(then)
    .filter((name) => now[name] !== undefined && !isDeepStrictEqual(now[name], then[name]))
    .map((name) =>
      name === "data"
        ? `the ${whose} are different`
        : `\`${name}\` is ${show(now[name])}, was ${show(then[name])}`,
    );
  if (differences.length > 0) throw resumesAsBegun(run, `but ${differences.join("; ")}`);
}

/** Throws `usage` where the epochs before were validated and those to come would not be, or the other way round. */
export function checkValidation(
  { epochs, history }: CheckpointState,
  isValidated: boolean,
  run: string,
): void {
  const wasValidated = "val_loss" in history;
  if (epochs === 0 || wasValidated === isValidated) return;
  const [then, now] = [wasValidated ? "with" : "without", isValidated ? "are some" : "are none"];
  throw resumesAsBegun(run, `${then} validation data, but there ${now} now`);
}

function resumesAsBegun(run: string, rest: string): WgraftError {
  return new WgraftError(
    "usage",
    `\`resume\` continues the run in ${run} with its original settings, ${rest}; omit \`resume\` to start over`,
    { option: "resume" },
  );
}

function show(value: unknown): string {
  if (value === null || value === undefined || isDeepStrictEqual(value, {})) return "not given";
  return typeof value === "string" ? value : JSON.stringify(value);
}
