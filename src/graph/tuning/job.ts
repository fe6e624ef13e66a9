/**
 * Measuring next to a job's own work, for at most a tenth of its time.
 *
 * A job (a fit, a prediction of many samples) says how many runs of programs are ahead, and reports each. What it has worked
 * so far decides what may be measured: a job that is stopped early has not paid for more. What is measured serves the next
 * job: no program of this one changes, so that its bits do not depend on timing.
 */
import type { Device } from "../../kernels/gpu/device.js";
import { byteLengthOf } from "../../tensor.js";
import { build } from "../compile.js";
import { GpuClock } from "../program/gpuClock.js";
import type { Program } from "../program/program.js";
import { chosen, saveChoices, tuningTasks } from "./autotune.js";
import { measureVariants, type TuningTask } from "./variantTimes.js";

/** Of a job's own time: below a tenth by as much as a measurement may take longer than it is estimated to. */
const share = 0.07;

/** What compiling a variant and preparing its inputs takes, in milliseconds, until the first one was measured. */
const usualOverhead = 500;

/** What measuring a variant takes besides: milliseconds, and runs of the node. */
const [measuringTime, measuringRuns] = [60, 4];

/** Milliseconds of GPU runs after which no more variants of a node are tried. */
const mostMilliseconds = 1000;

/** What a job reports to. */
export interface Job {
  /** To be called after each run of a program; measures now and then. */
  ran(program: Program): Promise<void>;
  /** To be called once, whichever way the job ends. */
  end(): void;
}

/**
 * Begins a job of a number of program runs. One that begins while another one is under way on the device is part of that.
 * @param runs Infinity where nobody knows
 */
export function beginJob(device: Device, runs: number): Job {
  const { tuning } = device;
  if (!tuning) return { ran: async () => undefined, end: () => undefined };
  const outer = tuning.job;
  const job = outer instanceof MeasuringJob ? outer : new MeasuringJob(device, runs);
  job.parts++;
  return (tuning.job = job);
}

interface OpenTask {
  readonly task: TuningTask;
  /** In a run of its program. */
  readonly flopsShare: number;
  /** Of all runs so far. */
  flops: number;
}

class MeasuringJob implements Job {
  /** Jobs that this one stands for, and that have not ended. */
  parts = 0;
  private readonly start = performance.now();
  /** Milliseconds. */
  private spent = 0;
  private overhead = usualOverhead;
  private ranSoFar = 0;
  private measured = 0;
  private readonly open = new Map<string, OpenTask>();
  private readonly tasksOf = new WeakMap<Program, readonly OpenTask[]>();
  private readonly tried = new Set<string>();
  private isMeasuring = false;

  constructor(
    private readonly device: Device,
    private readonly runs: number,
  ) {}

  async ran(program: Program): Promise<void> {
    this.ranSoFar++;
    for (const open of this.openTasksOf(program)) open.flops += open.task.flops;
    const next = this.affordable(program);
    if (!next || this.isMeasuring) return;
    this.isMeasuring = true;
    try {
      // What is still under way is the job's own time.
      await this.device.idle();
      await this.device.tuning!.inTurn(() => this.measure(next.task));
    } finally {
      this.isMeasuring = false;
    }
  }

  end(): void {
    const { device, measured, spent } = this;
    const tuning = device.tuning!;
    if (--this.parts > 0) return;
    tuning.job = undefined;
    tuning.adopt();
    if (measured === 0) return;
    const kernels = measured === 1 ? "1 kernel" : `${measured} kernels`;
    device.note(`measured ${kernels} for the next run, in ${(spent / 1000).toFixed(1)} s`);
  }

  /** Milliseconds of the job's own work. */
  private get worked(): number {
    return performance.now() - this.start - this.spent;
  }

  private get allowance(): number {
    return share * this.worked - this.spent;
  }

  /** The one that most of the work is in, if its measurement is paid for. */
  private affordable(program: Program): OpenTask | undefined {
    // Usual runs are many and short.
    if (this.open.size === 0 || this.allowance < this.overhead) return undefined;
    const [most] = [...this.open.values()]
      .filter(({ task }) => this.hasRoom(program, task))
      .sort((a, b) => b.flops - a.flops);
    if (!most) return undefined;
    const cost = this.costOf(most);
    // Nobody waits for a measurement when the work is done.
    const ahead = (this.runs - this.ranSoFar) * (this.worked / this.ranSoFar);
    return cost <= this.allowance && cost <= ahead ? most : undefined;
  }

  private costOf({ task, flopsShare }: OpenTask): number {
    // A node takes no more than its share of a run, and mostly less, since not all that runs counts in operations.
    const node = (flopsShare * (this.worked / this.ranSoFar)) / task.count;
    return task.tunable.variants.length * (this.overhead + measuringTime + measuringRuns * node);
  }

  /** The job's buffers are there while a node is measured. */
  private hasRoom(program: Program, { step }: TuningTask): boolean {
    const bytes = [...step.node.inputs, ...step.node.outputs].reduce(
      (sum, value) => sum + byteLengthOf(value),
      0,
    );
    return program.memory.total + 2 * bytes <= this.device.memoryBudget;
  }

  private async measure(task: TuningTask): Promise<void> {
    const { device } = this;
    const { key, variants } = task.tunable;
    const start = performance.now();
    const end = start + this.allowance;
    const clock = new GpuClock(device);
    let running = 0;
    try {
      const measured = await measureVariants(device, task, {
        ...{ build, clock, milliseconds: mostMilliseconds },
        isOver: () => performance.now() > end,
        onRuns: (milliseconds) => (running = milliseconds),
      });
      const choice = chosen(measured);
      // An estimate that was not compared with all others is left to the next time; one that lost is not.
      if (choice !== undefined && (measured.length === variants.length || choice !== variants[0])) {
        device.tuning!.choose(key, choice);
        this.measured++;
        await saveChoices(device);
      }
      this.overhead = (performance.now() - start - running) / measured.length;
    } finally {
      clock.destroy();
      // Measured or not: it is not tried again in this job.
      this.tried.add(key);
      this.open.delete(key);
      this.spent += performance.now() - start;
    }
  }

  private openTasksOf(program: Program): readonly OpenTask[] {
    const known = this.tasksOf.get(program);
    if (known) return known;
    const { steps } = program.plan.lowered;
    const all = steps.flatMap(({ launches }) => launches).reduce((sum, { flops = 0 }) => sum + flops, 0);
    const tasks = tuningTasks(steps)
      .filter(({ tunable }) => !this.tried.has(tunable.key) && !this.device.tuning!.knows(tunable))
      .map((task): OpenTask => {
        const { key } = task.tunable;
        const open = this.open.get(key) ?? { task, flopsShare: task.flops / all, flops: 0 };
        this.open.set(key, open);
        return open;
      });
    this.tasksOf.set(program, tasks);
    return tasks;
  }
}
