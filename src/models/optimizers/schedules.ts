/**
 * Learning rates that change from step to step, after keras/src/optimizers/schedules/learning_rate_schedule.py.
 * Steps are counted from 0: `at(0)` is the rate of the first step.
 */
import { WgraftError } from "../../errors.js";

export abstract class LearningRateSchedule {
  /** Keras's class name. */
  abstract readonly className: string;

  /** The rate of a step. */
  abstract at(step: number): number;

  /** The schedule's arguments under Keras's names. */
  abstract getConfig(): Record<string, unknown>;

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

export interface PiecewiseConstantDecayOptions {
  /** Last steps of all intervals but the last, ascending. */
  boundaries: readonly number[];
  /** The rate in each interval: one more than boundaries. */
  values: readonly number[];
}

/** `values[0]` up to and including step `boundaries[0]`, then `values[1]`, … */
export class PiecewiseConstantDecay extends LearningRateSchedule {
  override readonly className = "PiecewiseConstantDecay";

  /** @throws WgraftError `usage` unless there is one value more than boundaries, and those ascend */
  constructor(private readonly options: PiecewiseConstantDecayOptions) {
    super();
    const { boundaries, values } = options;
    if (values.length !== boundaries.length + 1) {
      throw invalid(this, `${boundaries.length + 1} values`, values.length);
    }
    if (boundaries.some((b, i) => i > 0 && !(b > boundaries[i - 1]))) {
      throw invalid(this, "ascending boundaries", boundaries.join(", "));
    }
  }

  override at(step: number): number {
    const { boundaries, values } = this.options;
    return values[boundaries.filter((b) => step > b).length];
  }

  override getConfig(): Record<string, unknown> {
    const { boundaries, values } = this.options;
    return { boundaries: [...boundaries], values: [...values], name: "PiecewiseConstant" };
  }
}

export interface ExponentialDecayOptions {
  initialLearningRate: number;
  /** Steps that one decay takes; > 0. */
  decaySteps: number;
  /** What the rate is multiplied by in each `decaySteps`. */
  decayRate: number;
  /** Decay at whole multiples of `decaySteps` only. Default false. */
  staircase?: boolean;
}

/** initial · decayRate^(step / decaySteps) */
export class ExponentialDecay extends LearningRateSchedule {
  override readonly className = "ExponentialDecay";

  constructor(private readonly options: ExponentialDecayOptions) {
    super();
    checkSteps(this, options.decaySteps);
  }

  override at(step: number): number {
    const { initialLearningRate, decayRate } = this.options;
    return initialLearningRate * decayRate ** decays(step, this.options);
  }

  override getConfig(): Record<string, unknown> {
    return decayConfig(this, this.options);
  }
}

export interface InverseTimeDecayOptions extends ExponentialDecayOptions {
  /** What the divisor grows by in each `decaySteps`. */
  decayRate: number;
}

/** initial / (1 + decayRate · step / decaySteps) */
export class InverseTimeDecay extends LearningRateSchedule {
  override readonly className = "InverseTimeDecay";

  constructor(private readonly options: InverseTimeDecayOptions) {
    super();
    checkSteps(this, options.decaySteps);
  }

  override at(step: number): number {
    const { initialLearningRate, decayRate } = this.options;
    return initialLearningRate / (1 + decayRate * decays(step, this.options));
  }

  override getConfig(): Record<string, unknown> {
    return decayConfig(this, this.options);
  }
}

export interface PolynomialDecayOptions {
  initialLearningRate: number;
  /** Steps until the end rate is reached; > 0. */
  decaySteps: number;
  /** Default 1e-4. */
  endLearningRate?: number;
  /** Default 1: a straight line. */
  power?: number;
  /** Begin anew when the end is reached, with the next multiple of `decaySteps`. Default false: stay there. */
  cycle?: boolean;
}

/** (initial − end) · (1 − step / decaySteps)^power + end */
export class PolynomialDecay extends LearningRateSchedule {
  override readonly className = "PolynomialDecay";
  private readonly options: Required<PolynomialDecayOptions>;

  constructor(options: PolynomialDecayOptions) {
    super();
    checkSteps(this, options.decaySteps);
    const { endLearningRate = 1e-4, power = 1, cycle = false } = options;
    this.options = { ...options, endLearningRate, power, cycle };
  }

  override at(step: number): number {
    const { initialLearningRate, decaySteps, endLearningRate, power, cycle } = this.options;
    const end = cycle ? decaySteps * Math.max(1, Math.ceil(step / decaySteps)) : decaySteps;
    const left = 1 - Math.min(step, end) / end;
    return (initialLearningRate - endLearningRate) * left ** power + endLearningRate;
  }

  override getConfig(): Record<string, unknown> {
    const { initialLearningRate, decaySteps, endLearningRate, power, cycle } = this.options;
    return {
      initial_learning_rate: initialLearningRate,
      decay_steps: decaySteps,
      end_learning_rate: endLearningRate,
      power,
      cycle,
      name: this.className,
    };
  }
}

export interface CosineDecayOptions {
  initialLearningRate: number;
  /** Steps of the decay, without those of the warmup; > 0. */
  decaySteps: number;
  /** The last rate as a share of the highest. Default 0. */
  alpha?: number;
  /** Where a straight line from the initial rate leads before the decay. Default: no warmup. */
  warmupTarget?: number;
  /** Default 0. */
  warmupSteps?: number;
}

/** A straight line from the initial rate to the warmup's target, then half a cosine down to alpha of that. */
export class CosineDecay extends LearningRateSchedule {
  override readonly className = "CosineDecay";

  constructor(private readonly options: CosineDecayOptions) {
    super();
    checkSteps(this, options.decaySteps);
  }

  override at(step: number): number {
    const { initialLearningRate, decaySteps, alpha = 0, warmupTarget, warmupSteps = 0 } = this.options;
    const from = warmupTarget ?? initialLearningRate;
    const warmup = warmupTarget === undefined ? 0 : warmupSteps;
    if (step < warmup) return initialLearningRate + ((from - initialLearningRate) * step) / warmup;
    const done = Math.min(step - warmup, decaySteps) / decaySteps;
    return from * ((1 - alpha) * 0.5 * (1 + Math.cos(Math.PI * done)) + alpha);
  }

  override getConfig(): Record<string, unknown> {
    const { initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps } = this.options;
    return {
      initial_learning_rate: initialLearningRate,
      decay_steps: decaySteps,
      alpha: alpha ?? 0,
      name: this.className,
      warmup_target: warmupTarget ?? null,
      warmup_steps: warmupSteps ?? 0,
    };
  }
}

/** How many decays a step is along. */
function decays(step: number, { decaySteps, staircase }: ExponentialDecayOptions): number {
  const p = step / decaySteps;
  return staircase ? Math.floor(p) : p;
}

function decayConfig(schedule: LearningRateSchedule, options: ExponentialDecayOptions) {
  const { initialLearningRate, decaySteps, decayRate, staircase } = options;
  return {
    initial_learning_rate: initialLearningRate,
    decay_steps: decaySteps,
    decay_rate: decayRate,
    staircase: staircase ?? false,
    name: schedule.className,
  };
}

function checkSteps(schedule: LearningRateSchedule, steps: number): void {
  if (!(steps > 0)) throw invalid(schedule, "decaySteps > 0", steps);
}

function invalid(schedule: LearningRateSchedule, expected: string, got: unknown): WgraftError {
  return new WgraftError("usage", `${schedule.className}: expected ${expected}, got ${got}`, {
    expected,
    got,
  });
}
