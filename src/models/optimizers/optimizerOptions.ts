/** Options that every optimizer takes, and the tables of those that a class of optimizers adds. */
import { number, type Check } from "../../options/checks.js";
import {
  ignored,
  nullable,
  onlyRead,
  optional,
  type FieldsOf,
  type FieldTable,
  type FixedArguments,
} from "../../options/fields.js";
import { scheduleFromConfig } from "./savedSchedule.js";
import { LearningRateSchedule } from "./schedules/schedule.js";

export interface OptimizerOptions {
  /** A number, or a schedule that gives it for each step. Default per optimizer, Keras's. */
  learningRate?: number | LearningRateSchedule;
  /** Cuts each weight's gradient to this l2 norm. Default: none. */
  clipnorm?: number | null;
  /** Cuts each value of a gradient to ±this. Default: none. */
  clipvalue?: number | null;
}

/** The same after their checks. */
export interface OptimizerArguments {
  learningRate: number | LearningRateSchedule;
  clipnorm?: number;
  clipvalue?: number;
}

export const numericRate = number({ min: 0, name: "a learning rate" });

const learningRate: Check<number | LearningRateSchedule> = {
  expected: `${numericRate.expected}, or a schedule`,
  read: (value) => (value instanceof LearningRateSchedule ? value : numericRate.read(value)),
  fromJson: (json) => (typeof json === "object" ? scheduleFromConfig(json) : json),
  toJson: (value) => (typeof value === "number" ? value : value.toJSON()),
};

const learningRateField = (standard: number) => optional(learningRate, standard);
const clip = nullable(optional(number({ above: 0 })));

export interface CommonFields {
  readonly learningRate: ReturnType<typeof learningRateField>;
  readonly clipnorm: typeof clip;
  readonly clipvalue: typeof clip;
}

/** Keras's arguments that wgraft does not have, switched off; and those that speak of them. */
const everyOptimizers: FixedArguments = {
  weight_decay: onlyRead(null, false, 0),
  decay: onlyRead(null, false, 0),
  global_clipnorm: onlyRead(null, false),
  use_ema: onlyRead(false, null),
  ema_momentum: ignored(),
  ema_overwrite_frequency: ignored(),
  gradient_accumulation_steps: onlyRead(null, false),
  // Loss scaling is read with what wraps the optimizer.
  loss_scale_factor: ignored(),
  // How TensorFlow runs it.
  jit_compile: ignored(),
  is_legacy_optimizer: ignored(),
};

type OwnOptions<O> = Omit<O, keyof OptimizerOptions>;

/**
 * Begins the table of a class of optimizers: `optimizerOptions<SGDOptions>("SGD", 0.01).fields({ … })`.
 * @param standardRate the learning rate by default
 */
export function optimizerOptions<O extends OptimizerOptions>(className: string, standardRate: number) {
  return {
    /** @param fixed Keras's arguments that the optimizer does not have as options */
    fields<const F extends FieldsOf<OwnOptions<O>>>(
      fields: F & { readonly [K in Exclude<keyof F, keyof OwnOptions<O>>]: never },
      fixed: FixedArguments = {},
    ): FieldTable<F & CommonFields> {
      return {
        owner: className,
        fields: { learningRate: learningRateField(standardRate), ...fields, clipnorm: clip, clipvalue: clip },
        fixed: { name: ignored(className), ...everyOptimizers, ...fixed },
      };
    },
  };
}
