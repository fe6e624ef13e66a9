/** What decides the course of a training: taken from options, or from where a run was stopped. */
import { isDeepStrictEqual } from "node:util";
import { WgraftError } from "../errors.js";
import type { CheckpointState } from "./checkpoint.js";
import type { NamedClassWeight } from "./classWeight.js";
import { flagOf } from "./options.js";
import type { RunConfig, RunSettings } from "./runFolder.js";
import type { IsGiven, TrainOptions } from "./train.js";

/** When a training ends and what it keeps: another word may be had at each `--resume`. */
export function endOf(
  options: TrainOptions,
  isGiven: IsGiven,
  resumed: CheckpointState | undefined,
): Pick<RunConfig, "epochs" | "earlyStop" | "checkpointBest"> {
  const typed = {
    epochs: options.epochs,
    earlyStop: options.earlyStop ?? null,
    checkpointBest: options.checkpointBest ?? false,
  };
  if (!resumed) return typed;
  return {
    epochs: isGiven("epochs") ? typed.epochs : resumed.wantedEpochs,
    earlyStop: isGiven("earlyStop") ? typed.earlyStop : resumed.earlyStop,
    checkpointBest: isGiven("checkpointBest") ? typed.checkpointBest : resumed.checkpointBest,
  };
}

/**
 * @param data sha256 that tells the training data apart
 * @param classWeight what `--class-weight` comes to
 * @param pictures what a training on pictures has besides
 */
export function settingsOf(
  options: TrainOptions,
  data: string,
  classWeight: NamedClassWeight | null,
  pictures?: RunSettings["pictures"],
): RunSettings {
  return {
    data,
    init: options.init ?? null,
    units: options.init === undefined ? options.units : null,
    dropout: options.init === undefined ? options.dropout : null,
    optimizer: options.optimizer,
    learningRate: options.learningRate,
    batchSize: options.batchSize,
    seed: options.seed ?? Math.floor(Math.random() * 2 ** 32),
    shuffle: options.shuffle,
    stepsPerEpoch: options.stepsPerEpoch ?? null,
    validationSteps: options.validationSteps ?? null,
    precision: options.precision ?? "float32",
    classWeight,
    ...(pictures && { pictures }),
  };
}

/**
 * Throws `usage` unless what is typed again agrees with what a checkpoint remembers.
 * @param isGiven whether to compare: what was typed, and `data`
 * @param whose what the data is called
 */
export function checkAgreement(
  then: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  isGiven: (name: string) => boolean,
  { run, whose }: { run: string; whose: "features" | "pictures" },
): void {
  const differences = Object.keys(then)
    .filter((name) => (name === "data" || isGiven(name)) && !isDeepStrictEqual(now[name], then[name]))
    .map((name) =>
      name === "data"
        ? `the ${whose} are others`
        : `${flagOf(name)} is ${show(now[name])}, was ${show(then[name])}`,
    );
  if (differences.length === 0) return;
  throw new WgraftError(
    "usage",
    `--resume goes on with the run in ${run} as it was begun, but ${differences.join("; ")}; ` +
      "leave --resume away to begin anew",
  );
}

/** Throws `usage` where the epochs before were validated and those to come would not be, or the other way round. */
export function checkValidation(
  { epochs, history }: CheckpointState,
  isValidated: boolean,
  run: string,
): void {
  const wasValidated = "val_loss" in history;
  if (epochs === 0 || wasValidated === isValidated) return;
  throw new WgraftError(
    "usage",
    `--resume goes on with the run in ${run} as it was begun, ${wasValidated ? "with" : "without"} validation data, ` +
      `but there ${isValidated ? "are some" : "are none"} now; leave --resume away to begin anew`,
  );
}

function show(value: unknown): string {
  if (value === null || value === undefined || isDeepStrictEqual(value, {})) return "not given";
  return typeof value === "string" ? value : JSON.stringify(value);
}
