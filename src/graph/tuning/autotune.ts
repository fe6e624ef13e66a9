/** Measures the variants of nodes, and chooses among them. */
import { messageOf, WgraftError } from "../../errors.js";
import type { Device } from "../../kernels/gpu/device.js";
import { GpuClock } from "../program/gpuClock.js";
import type { Step } from "../plan/lower.js";
import { measureVariants, type Build, type Measured, type TuningTask } from "./variantTimes.js";

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

/**
 * Measures all variants of all tasks, whether or not a choice was made before, and saves the choices; programs that are
 * compiled afterwards have them. Whatever a measurement allocates is freed before this returns.
 * @param milliseconds of GPU runs after which no more variants of a task are tried
 */
export async function tune(
  device: Device,
  tasks: readonly TuningTask[],
  build: Build,
  milliseconds = Infinity,
  onTuned: (tuned: Tuned) => void = () => undefined,
): Promise<void> {
  const clock = new GpuClock(device);
  try {
    for (const task of tasks) {
      const measured = await measureVariants(device, task, { build, clock, milliseconds });
      const choice = chosen(measured);
      if (choice !== undefined) device.tuning?.choose(task.tunable.key, choice);
      onTuned({ task, measured, choice });
    }
  } finally {
    clock.destroy();
    device.tuning?.adopt();
    await saveChoices(device);
  }
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
export async function saveChoices(device: Device): Promise<void> {
  try {
    await device.tuning?.save();
  } catch (error) {
    if (!(error instanceof WgraftError) || error.code !== "io") throw error;
    device.note(`the choice of kernels is not kept: ${messageOf(error)}`);
  }
}
