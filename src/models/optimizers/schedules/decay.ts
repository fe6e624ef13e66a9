/** What schedules that decay at a steady pace have in common. */
import { flag, number } from "../../../options/checks.js";
import { optional, required, type Arguments } from "../../../options/fields.js";
import { LearningRateSchedule, rate, scheduleOptions, stepCount } from "./schedule.js";

export interface DecayOptions {
  initialLearningRate: number;
  /** Steps that one decay takes; > 0. */
  decaySteps: number;
  /** By how much the rate decays in each `decaySteps`. */
  decayRate: number;
  /** Decay at whole multiples of `decaySteps` only. Default false. */
  staircase?: boolean;
}

export const decayTable = (className: string) =>
  scheduleOptions<DecayOptions>(className).fields({
    initialLearningRate: required(rate),
    decaySteps: required(stepCount),
    decayRate: required(number()),
    staircase: optional(flag, false),
  });

export abstract class Decay extends LearningRateSchedule<Arguments<ReturnType<typeof decayTable>>> {
  constructor(options: DecayOptions) {
    super(options);
  }

  /** How many decays a step is along. */
  protected decays(step: number): number {
    const p = step / this.args.decaySteps;
    return this.args.staircase ? Math.floor(p) : p;
  }
}
