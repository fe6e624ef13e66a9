/** Before a program is planned: measures the variants of its nodes that no choice was made for yet. */
import { messageOf, WgraftError } from "../../errors.js";
import type { Device } from "../../kernels/gpu/device.js";
import { GpuClock } from "../program/gpuClock.js";
import type { Trace } from "../graph.js";
import type { Step } from "../plan/lower.js";
import { planProgram, type Outputs } from "../plan/programPlan.js";
import { measureVariants, type Build, type Measured, type TuningTask } from "./variantTimes.js";

/** How long tuning may take. */
export interface TuningLimits {
  /** Milliseconds of GPU runs after which no more variants of a shape are tried. */
  readonly shape: number;
  /** Milliseconds after which no more shapes of a program are begun; theirs is the heuristic's choice, for now. */
  readonly program: number;
}

const defaultLimits: TuningLimits = { shape: 1000, program: 20_000 };

/** Below that the launch itself is most of the time. */
const LEAST_FLOPS = 1e6;

/** A variant other than the heuristic's must save this much, so that noise does not decide. */
const LEAST_GAIN = 0.1;

/** What came of a task. */
export interface Tuned {
  readonly task: TuningTask;
  readonly measured: readonly Measured[];
  /** Undefined where no variant ran. */
  readonly choice: string | undefined;
}

/**
 * Measures what has not been chosen yet, the most expensive first, and saves the choices. Does nothing on a device that
 * does not tune itself. Whatever a measurement allocates is freed before this returns.
 */
export async function autotune(
  device: Device,
  trace: Trace,
  outputs: Outputs,
  build: Build,
  limits = defaultLimits,
): Promise<void> {
  const { tuning } = device;
  if (!tuning) return;
  await tuning.inTurn(async () => {
    const tasks = tuningTasks(planProgram(trace, outputs, device.caps).lowered.steps);
    const open = tasks.filter(({ tunable }) => tunable.choice === undefined);
    if (open.length > 0) await tune(device, open, build, limits);
  });
}

/** The tasks of a program, the most expensive first. */
export function tuningTasks(steps: readonly Step[]): TuningTask[] {
  const tasks = new Map<string, TuningTask>();
  for (const step of steps) {
    const { tunable, launches } = step;
    if (!tunable) continue;
    const { count, flops } = tasks.get(tunable.key) ?? { count: 0, flops: 0 };
    const more = launches.reduce((sum, launch) => sum + (launch.flops ?? 0), 0);
    tasks.set(tunable.key, { step, tunable, count: count + 1, flops: flops + more });
  }
  return [...tasks.values()]
    .filter(({ flops, count }) => flops / count >= LEAST_FLOPS)
    .sort((a, b) => b.flops - a.flops);
}

/** Tunes whether or not a choice was made before. Notes what it is doing, and what it left for another time. */
export async function tune(
  device: Device,
  tasks: readonly TuningTask[],
  build: Build,
  limits: TuningLimits = { shape: Infinity, program: Infinity },
  onTuned: (tuned: Tuned) => void = () => undefined,
): Promise<void> {
  const s = tasks.length === 1 ? "" : "s";
  device.note(`tuning ${tasks.length} kernel${s} for ${device.name}, once`);
  const end = performance.now() + limits.program;
  const clock = new GpuClock(device);
  let done = 0;
  try {
    for (const task of tasks) {
      if (performance.now() >= end) break;
      const measured = await measureVariants(device, task, { build, clock, milliseconds: limits.shape });
      const choice = chosen(measured);
      if (choice !== undefined) device.tuning?.choose(task.tunable.key, choice);
      onTuned({ task, measured, choice });
      done++;
    }
  } finally {
    clock.destroy();
    await save(device);
  }
  if (done < tasks.length) device.note(`tuned ${done}; ${tasks.length - done} are left for the next time`);
}

/** The first, which is the heuristic's, unless another is clearly faster. */
export function chosen(measured: readonly Measured[]): string | undefined {
  const ran = measured.flatMap(({ variant, milliseconds }) =>
    milliseconds === undefined ? [] : [{ variant, milliseconds }],
  );
  const [fastest] = [...ran].sort((a, b) => a.milliseconds - b.milliseconds);
  const isClear = ran.length > 0 && fastest.milliseconds < (1 - LEAST_GAIN) * ran[0].milliseconds;
  return isClear ? fastest.variant : ran.at(0)?.variant;
}

/** A store that cannot be written costs the next process its time, and this one nothing. */
async function save(device: Device): Promise<void> {
  try {
    await device.tuning?.save();
  } catch (error) {
    if (!(error instanceof WgraftError) || error.code !== "io") throw error;
    device.note(`the choice of kernels is not kept: ${messageOf(error)}`);
  }
}
