/**
 * Learning rates that change from step to step, after keras/src/optimizers/schedules/learning_rate_schedule.py.
 * Steps are counted from 0: `at(0)` is the rate of the first step.
 */
import { number } from "../../../options/checks.js";
import { checkOptions } from "../../../options/checkOptions.js";
import { ignored, optionsOf, type FieldsOf, type FieldTable } from "../../../options/fields.js";
import { toConfig } from "../../../options/kerasConfig.js";

/** A learning rate. */
export const rate = number({ min: 0 });

/** How many steps something takes. */
export const stepCount = number({ above: 0 });

/** Begins the table of a class of schedules. */
export function scheduleOptions<O extends object>(className: string, savedName = className) {
  return {
    fields: <const F extends FieldsOf<O>>(fields: F & { readonly [K in Exclude<keyof F, keyof O>]: never }) =>
      optionsOf<O>(className).fields(fields, { name: ignored(savedName) }),
  };
}

/**
 * What every schedule is. A class says in its static `table` which options it takes.
 * @typeParam A the options after their checks
 */
export abstract class LearningRateSchedule<A extends object = object> {
  static readonly table: FieldTable<unknown> = optionsOf<object>("LearningRateSchedule").fields({});

  protected readonly args: A;

  /** @throws WgraftError `usage` for an option that is unknown, missing or not what it should be */
  constructor(options: object) {
    this.args = checkOptions(this.table, options) as A;
  }

  private get table(): FieldTable<unknown> {
    return (this.constructor as typeof LearningRateSchedule).table;
  }

  /** Keras's class name. */
  get className(): string {
    return this.table.owner;
  }

  /** The rate of a step. */
  abstract at(step: number): number;

  /** The schedule's arguments under Keras's names. */
  getConfig(): Record<string, unknown> {
    return toConfig(this.table, this.args);
  }

  /** What stands for `learning_rate` in a saved optimizer's config. */
  toJSON(): Record<string, unknown> {
    return {
      module: "keras.optimizers.schedules",
      class_name: this.className,
      config: this.getConfig(),
      registered_name: null,
    };
  }
}
