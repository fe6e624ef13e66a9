/** `wgraft bench --tune`: every way to launch VGG16's convolutions and products, timed; the fastest are kept. */
import { WgraftError, throwIfAborted } from "../src/errors.js";
import { tune, tuningTasks, type Tuned } from "../src/graph/tuning/autotune.js";
import { build } from "../src/graph/compile.js";
import type { Step } from "../src/graph/plan/lower.js";
import type { TuningTask } from "../src/graph/tuning/variantTimes.js";
import type { Device } from "../src/kernels/gpu/device.js";
import type { Model } from "../src/models/model.js";
import type { Mode } from "../src/models/training/programs.js";
import { AtomicFile, writeFileAtomic } from "../src/io/atomic.js";
import type { BenchContext, BenchOptions } from "../src/transfer/diagnosis/bench.js";
import { describeEnvironment } from "./environment.js";
import { columns, digits, duration } from "./format.js";
import type { TunedFigure, TuningReport } from "./tuningReport.js";
import { grafted, inputShape, release, vgg16Base } from "./jobs/networks.js";

const batch = 20;

/**
 * Tunes all shapes of VGG16's forward pass, of a step with the base frozen and of one with block5 trained, whatever was
 * chosen before, and keeps the choices. Returns true: what does not run is listed, and no failure.
 * @throws WgraftError `usage` where tuning is switched off, or `only` leaves nothing
 */
export async function tuneAll(context: BenchContext, options: BenchOptions): Promise<boolean> {
  const { out, signal } = context;
  const device = await context.device();
  if (!device.tuning) throw new WgraftError("usage", "--tune measures what --no-autotune forbids to measure");
  const tasks = await vgg16Tasks(device);
  const chosen = tasks.filter((task) => options.only?.test(nameOf(task)) ?? true);
  if (chosen.length === 0)
    throw new WgraftError("usage", `--only ${options.only?.source}: nothing is so called`);
  // Whatever is wrong with the path shows before the measuring, not after.
  if (options.out !== undefined) await AtomicFile.begin(options.out);
  const figures: TunedFigure[] = [];
  const environment = await describeEnvironment(device);
  const report = (): TuningReport => ({
    ...{ schema: 1, kind: "tuning", date: new Date().toISOString() },
    ...environment,
    batch,
    tuned: figures,
  });
  await tune(device, chosen, build, options.quick ? 2000 : 10_000, (tuned) => {
    figures.push(figureOf(tuned));
    out.note(`${figures.length}/${chosen.length} ${nameOf(tuned.task)}: ${tuned.choice ?? "nothing runs"}`);
    throwIfAborted(signal);
  });
  if (options.out !== undefined) await writeFileAtomic(options.out, `${JSON.stringify(report(), null, 1)}\n`);
  for (const line of tableLines(figures)) out.result(line);
  out.finish(report());
  return true;
}

/** Of the programs that the tutorial runs, in its batches. */
async function vgg16Tasks(device: Device): Promise<TuningTask[]> {
  const steps: Step[] = [];
  const add = async (model: Model, mode: Mode) => {
    const sample = { shape: inputShape, dtype: "uint8", preprocess: "rescale" } as const;
    steps.push(...(await model.ready()).plan(mode, batch, sample).lowered.steps);
    await release(model);
  };
  await add(await vgg16Base(device), "predict");
  await add(await grafted(device, () => false), "train");
  await add(await grafted(device, ({ name }) => name.startsWith("block5")), "train");
  return tuningTasks(steps);
}

function nameOf(task: TuningTask): string {
  return `${task.step.node.op.name} ${shapesOf(task)}`;
}

function shapesOf({ tunable }: TuningTask): string {
  return tunable.inputs
    .map(({ shape, constant }) => `${shape.join("×")}${constant ? " constant" : ""}`)
    .join(", ");
}

function figureOf({ task, measured, choice }: Tuned): TunedFigure {
  return {
    op: task.step.node.op.name,
    shapes: shapesOf(task),
    key: task.tunable.key,
    variants: measured.map(({ variant, milliseconds = null, problem = null }) => ({
      variant,
      milliseconds,
      problem,
    })),
    choice: choice ?? null,
  };
}

/** A line a variant: its time, how it compares with the heuristic's, and which one was taken. */
export function tableLines(figures: readonly TunedFigure[]): string[] {
  const rows = figures.flatMap(({ op, shapes, variants, choice }) =>
    variants.map(({ variant, milliseconds, problem }, i) => {
      const [heuristic] = variants;
      const speedup =
        milliseconds !== null && heuristic.milliseconds !== null
          ? heuristic.milliseconds / milliseconds
          : null;
      return [
        i === 0 ? op : "",
        i === 0 ? shapes : "",
        variant,
        milliseconds === null ? (problem ?? "") : duration(milliseconds),
        speedup === null ? "" : `${digits(speedup)}×`,
        [i === 0 ? "heuristic" : "", variant === choice ? "chosen" : ""].filter(Boolean).join(", "),
      ];
    }),
  );
  return columns([["kernel", "inputs", "variant", "time", "speed", ""], ...rows], [0, 1, 2, 5]);
}
