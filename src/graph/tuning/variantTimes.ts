/** Times the variants of one node, each as a separate program on random inputs. */
import { messageOf, WgraftError } from "../../errors.js";
import { castTo } from "../../kernels/shape/cast.js";
import type { Device } from "../../kernels/gpu/device.js";
import type { Launch, Value } from "../../kernels/op.js";
import type { TunedInput } from "../../kernels/gpu/tuning.js";
import { settle } from "../../kernels/gpu/wait.js";
import { allocate, sizeOf, type DType, type HostType, type TensorData } from "../../tensor.js";
import type { GpuClock } from "../program/gpuClock.js";
import { Graph, type Node } from "../graph.js";
import type { Step } from "../plan/lower.js";
import { formatMiB } from "../plan/memory.js";
import type { Program } from "../program/program.js";
import { launchesOf, planTrace, type ProgramPlan } from "../plan/programPlan.js";
import { Variable } from "../variable.js";

/** How a plan becomes a program: `build` of compile.ts. */
export type Build = (device: Device, plan: ProgramPlan) => Promise<Program>;

/** What there is to be tuned: nodes of one key. */
export interface TuningTask {
  readonly step: Step;
  readonly tunable: NonNullable<Step["tunable"]>;
  /** Nodes that it is for. */
  readonly count: number;
  /** Of all of them, as the heuristic would launch them. */
  readonly flops: number;
}

/** What came of a variant: its time, or why it has none. */
export interface Measured {
  readonly variant: string;
  /** Of one run on the GPU: the median of some. */
  readonly milliseconds?: number;
  readonly problem?: string;
}

export interface Measuring {
  readonly build: Build;
  readonly clock: GpuClock;
  /** Of GPU runs, after which no further variant is tried. */
  readonly milliseconds: number;
  /** No further variant is tried once this is true. Default: never. */
  readonly isOver?: () => boolean;
  /** Gets the milliseconds of all measured runs. */
  readonly onRuns?: (milliseconds: number) => void;
}

/** What one measurement should last at least: shorter ones are repeated in one. */
const wantedMilliseconds = 20;
const mostRepetitions = 200;
const mostSamples = 5;
/** Of the fastest so far: what takes longer in its first run is not run again. */
const hopeless = 1.5;

/**
 * How far a variant's result may be from the first one's, of the largest value. Above all that rounding does, below
 * what a kernel does that a driver compiles wrongly.
 */
const TOLERANCE = { float32: 1e-3, float16: 4e-3 } as const;

/**
 * The variants in their order, as far as the time suffices, at least one. One that does not compile, does not fit the
 * memory or gives another result has a problem instead of a time.
 * @throws WgraftError `device-lost`
 */
export async function measureVariants(
  device: Device,
  task: TuningTask,
  { build, clock, milliseconds, isOver, onRuns }: Measuring,
): Promise<Measured[]> {
  const values = task.tunable.inputs.map(randomValues);
  const measured: Measured[] = [];
  const trial = new Trial(device, clock);
  const { variants } = task.tunable;
  for (const [i, variant] of variants.entries()) {
    if (trial.spent >= milliseconds || (i > 0 && isOver?.())) break;
    // An equal part of what is left, so that the first ones do not take the time of the last.
    const share = (milliseconds - trial.spent) / (variants.length - i);
    const node = new OneNode(task, values);
    try {
      const program = await node.program(device, variant, build);
      try {
        measured.push({ variant, milliseconds: await trial.run(program, node, share) });
      } finally {
        program.destroy();
      }
    } catch (error) {
      if (!(error instanceof WgraftError) || error.code === "device-lost") throw error;
      device.check();
      measured.push({ variant, problem: messageOf(error) });
    } finally {
      node.release();
    }
  }
  onRuns?.(trial.spent);
  return measured;
}

/** A node alone, its inputs constant or not as in the program that it is from. */
class OneNode {
  readonly feeds: Record<string, TensorData> = {};
  private readonly graph = new Graph();
  private readonly variables: Variable[] = [];
  private readonly y;
  /** The node itself, apart from the casts around it. */
  private readonly node: Node;

  constructor(
    private readonly task: TuningTask,
    values: readonly TensorData[],
  ) {
    const { op, attrs } = task.step.node;
    const inputs = task.tunable.inputs.map(({ shape, dtype, constant }, i) => {
      const name = `x${i}`;
      const spec = { shape, dtype: hostTypeFor(dtype) };
      if (!constant) {
        this.feeds[name] = values[i];
        return inType(this.graph, this.graph.input(name, spec), dtype);
      }
      const variable = new Variable(name, shape, () => values[i], spec.dtype);
      this.variables.push(variable);
      return this.graph.variable(variable);
    });
    const y = this.graph.add(op, inputs, attrs);
    this.node = this.graph.producer(y)!;
    this.y = inType(this.graph, y, hostTypeFor(y.dtype));
  }

  /** @throws WgraftError where it does not compile or does not fit */
  async program(device: Device, variant: string, build: Build): Promise<Program> {
    const choices = new Map([[this.task.tunable.key, variant]]);
    const plan = planTrace(this.graph, { y: this.y }, { ...device.caps, choices });
    const { total } = plan.memory;
    if (total > device.memoryBudget) {
      throw new WgraftError("out-of-memory", `${formatMiB(total)} are over the memory budget`);
    }
    // A shader that is refused is this variant's problem, not the device's.
    const { compiled } = await device.guarded("compiling", () => ({
      compiled: Promise.allSettled(
        launchesOf(plan.lowered.steps).map(({ launch }) => device.pipelines.get(launch)),
      ),
    }));
    await settle(compiled);
    return build(device, plan);
  }

  /** The node's launches, without casts before or after it. */
  launches({ lowered }: ProgramPlan): ReadonlySet<Launch> {
    return new Set(lowered.steps.find(({ node }) => node === this.node)?.launches);
  }

  /** How far results may be apart. */
  get tolerance(): number {
    return TOLERANCE[this.node.outputs[0].dtype === "float16" ? "float16" : "float32"];
  }

  release(): void {
    for (const variable of this.variables) variable.release();
  }
}

/** The runs of a node's variants: how long each took, and the result that all should have. */
class Trial {
  /** Milliseconds of measured runs. */
  spent = 0;
  private least = Infinity;
  private expected: TensorData | undefined;

  constructor(
    private readonly device: Device,
    private readonly clock: GpuClock,
  ) {}

  /**
   * Milliseconds of a run.
   * @param share milliseconds after which there are no more runs
   * @throws WgraftError `internal` for a result that differs from the first variant's
   */
  async run(program: Program, node: OneNode, share: number): Promise<number> {
    const end = this.spent + share;
    // The first run may compile once more, in the driver, and makes what is derived of constants.
    const { y } = await this.device.guarded("running", () => program.run(node.feeds));
    this.expected ??= y;
    checkResult(y, this.expected, node.tolerance);
    const counted = node.launches(program.plan);
    const dispatches = program.recurring.filter(({ launch }) => counted.has(launch));
    const samples = [await this.timed(() => this.clock.run(dispatches, 1))];
    if (samples[0] <= hopeless * this.least) {
      const times = Math.ceil(Math.min(mostRepetitions, wantedMilliseconds / Math.max(samples[0], 1e-3)));
      // A single short run says little.
      if (times > 1) samples.length = 0;
      while (samples.length === 0 || (samples.length < mostSamples && this.spent < end))
        samples.push((await this.timed(() => this.clock.run(dispatches, times))) / times);
    }
    const time = median(samples);
    this.least = Math.min(this.least, time);
    return time;
  }

  private async timed(run: () => Promise<number>): Promise<number> {
    const start = performance.now();
    const milliseconds = await run();
    this.spent += performance.now() - start;
    return milliseconds;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function checkResult(values: TensorData, expected: TensorData, tolerance: number): void {
  let [largest, worst] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(values[i] - expected[i]);
    worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  if (worst <= tolerance * largest) return;
  throw new WgraftError(
    "internal",
    `its result differs by ${worst.toExponential(1)} of ${largest.toExponential(1)}`,
  );
}

/** A prime, so that no two rows of a tensor are alike. */
const randomCount = 65521;

/** The type of the values on the host, which a cast makes float16 of. */
function hostTypeFor(dtype: DType): HostType {
  return dtype === "float16" ? "float32" : dtype;
}

/** The value as `dtype`: another one only where one of the two types is float16. */
function inType(graph: Graph, value: Value, dtype: DType): Value {
  return dtype === "float16" || dtype === "float32" ? castTo(graph, value, dtype) : value;
}

/** Uniform on [-1, 1), or bytes. Some numbers over and over: drawing each one would take longer than the runs. */
function randomValues({ shape, dtype }: TunedInput): TensorData {
  const host = hostTypeFor(dtype);
  const values = allocate(host, sizeOf(shape));
  const draw = host === "float32" ? () => 2 * Math.random() - 1 : () => Math.floor(256 * Math.random());
  for (let i = 0; i < Math.min(randomCount, values.length); i++) values[i] = draw();
  for (let filled = randomCount; filled < values.length; filled *= 2) values.copyWithin(filled, 0, filled);
  return values;
}
