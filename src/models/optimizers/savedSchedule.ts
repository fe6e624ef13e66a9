/** Learning-rate schedules out of files: only those in the list of schedules are ever built. */
import { WgraftError } from "../../errors.js";
import { describe, isPlainObject } from "../../options/describe.js";
import type { FieldTable } from "../../options/fields.js";
import { ConfigError, fromConfig } from "../../options/kerasConfig.js";
import * as schedules from "./schedules/index.js";
import type { LearningRateSchedule } from "./schedules/schedule.js";

interface ScheduleClass {
  readonly table: FieldTable<unknown>;
  new (options: never): LearningRateSchedule;
}

const classes = new Map(
  Object.values(schedules as Record<string, ScheduleClass>).map((c) => [c.table.owner, c] as const),
);

/**
 * The schedule that stands for `learning_rate` in a saved `optimizer_config`.
 * @throws WgraftError `not-supported` for a class that is not in the list and for arguments that cannot be read
 */
export function scheduleFromConfig(saved: unknown): LearningRateSchedule {
  const { class_name: className, config } = isPlainObject(saved) ? saved : {};
  const scheduleClass = classes.get(className as string);
  if (!scheduleClass || !isPlainObject(config)) {
    throw new WgraftError(
      "not-supported",
      `the learning rate follows a schedule that wgraft does not have: ${describe(className ?? saved)}`,
    );
  }
  try {
    return new scheduleClass(fromConfig(scheduleClass.table, config) as never);
  } catch (cause) {
    if (!(cause instanceof ConfigError) && !(cause instanceof WgraftError)) throw cause;
    throw new WgraftError("not-supported", `schedule ${className}: ${cause.message}`, { cause });
  }
}
