import type { Command } from "commander";
import { WgraftError } from "../../errors.js";
import type { History } from "../../io/report/history.js";
import { InterruptedError } from "../../transfer/interrupted.js";
import type { FinishedEpoch, TrainingProgress, TrainingResult } from "../../transfer/training/options.js";
import type { HeadTrainingOptions } from "../../transfer/training/trainHead.js";
import type { ImageTrainingOptions } from "../../transfer/training/imageSettings.js";
import { refuseOptions } from "../flags.js";
import { addOptions, deviceOptions } from "../optionTable.js";
import { terminalShape } from "../../io/terminal/terminal.js";
import { skippedJson, type Output } from "../output.js";
import { run, transferOptions, type CommandContext, type GlobalOptions } from "../run.js";

interface TrainOptions extends Omit<ImageTrainingOptions, "data"> {
  data?: string;
  features?: string;
  chart?: boolean;
  lrFind?: boolean;
}

const baseOptions = [
  ...(["app", "weights", "offline", "weightsSha256", "size", "layer", "pooling", "alpha"] as const),
  ...(["trainable", "preprocess", "interpolation", "exif"] as const),
  ...(["limit", "validationSplit", "skipBad", "cache"] as const),
];
const augmentationOptions = [
  ...(["augment", "rotationRange", "widthShiftRange", "heightShiftRange", "shearRange"] as const),
  ...(["zoomRange", "horizontalFlip", "fillMode"] as const),
];
const trainingOptions = [
  ...(["preset", "optimizer", "learningRate", "epochs", "units", "dropout", "shuffle"] as const),
  ...(["stepsPerEpoch", "validationSteps", "classWeight", "earlyStop", "checkpointBest"] as const),
  ...(["init", "resume", "overwrite", "kernelsFrom", "batchSize", "seed"] as const),
];
/** Of training on images: features have these behind them. */
const imageOptions = [...baseOptions, ...augmentationOptions];

export function register(program: Command): void {
  const command = program
    .command("train")
    .description("train a head on extracted features, or a model end to end on images");
  addOptions(command.optionsGroup("Data:"), ["features", "data", "out"]);
  addOptions(command.optionsGroup("Training:"), trainingOptions);
  addOptions(command.optionsGroup("Base and images, with --data:"), baseOptions);
  addOptions(command.optionsGroup("Augmentation, with --data:"), augmentationOptions);
  addOptions(command.optionsGroup("Options:"), ["lrFind", "chart", ...deviceOptions]).action(
    (options: TrainOptions & GlobalOptions) =>
      run(options, (context, own) => train(context, { ...own, precision: options.precision })),
  );
}

async function train(context: CommandContext, { chart, lrFind, ...options }: TrainOptions): Promise<void> {
  const { out, progress } = context;
  const { describeEpoch, describeProgress } = await import("../../transfer/training/progressLine.js");
  const curves = chart ? await import("../../io/terminal/curves.js") : undefined;
  const { ascii, columns } = terminalShape();
  const drawn = (history: History, room: { rows?: number; columns?: number }) =>
    curves?.drawCurves(history, { ascii, columns: room.columns, height: room.rows }) ?? [];
  const listeners = {
    onProgress: (at: TrainingProgress) => progress.live((columns) => describeProgress(at, columns)),
    onEpoch: (epoch: FinishedEpoch) => {
      progress.stop();
      // Programs read these lines as they have always been.
      const isBest = epoch.isBest && process.stdout.isTTY;
      if (!out.quiet) out.result(describeEpoch({ ...epoch, isBest }));
      if (chart) progress.block(drawn(epoch.history, progress.room));
    },
  };
  try {
    const whole = checked({ ...options, ...transferOptions(context), ...listeners }, context);
    if (lrFind) return await findRate(context, whole);
    const result = await trainOn(whole);
    progress.stop();
    if (chart) for (const line of [...drawn(result.history, { columns }), ""]) out.result(line);
    report(out, result);
    const from = options.data === undefined ? ["--features", options.features!] : ["--data", options.data];
    out.next(["evaluate", "--model", result.out, ...from], ["predict", "--model", result.out, "IMAGE"]);
  } catch (error) {
    progress.stop();
    if (error instanceof InterruptedError) report(out, error.result as TrainingResult);
    throw error;
  }
}

async function trainOn(options: HeadTrainingOptions | ImageTrainingOptions): Promise<TrainingResult> {
  if ("features" in options) return (await import("../../transfer/training/trainHead.js")).trainHead(options);
  return (await import("../../transfer/training/trainOnImages.js")).trainOnImages(options);
}

/** What is typed, for one of the two ways to train. */
function checked(
  { features, data, ...options }: TrainOptions,
  { out, progress }: CommandContext,
): HeadTrainingOptions | ImageTrainingOptions {
  if (features !== undefined && data !== undefined)
    throw new WgraftError("usage", "train takes either --features or --data, not both");
  if (features !== undefined) {
    refuseOptions<Omit<ImageTrainingOptions, "data">>(options, imageOptions, "training on images (--data)");
    return { ...options, features };
  }
  if (data === undefined)
    throw new WgraftError(
      "usage",
      "train needs --features FILE, written by wgraft extract, or --data DIR, a folder of images",
    );
  return {
    ...options,
    data,
    onSkip: ({ error }) => out.note(`skipped ${error.message}`),
    onPrepare: (done, total, label) => progress.show({ label, total, transient: true }, done),
  };
}

/** Instead of a training. */
async function findRate(
  { out, progress }: CommandContext,
  options: HeadTrainingOptions | ImageTrainingOptions,
): Promise<void> {
  const find = await import("../../transfer/training/findLearningRate.js");
  const { drawSweep } = await import("../../io/terminal/sweep.js");
  const { points, suggested } = await ("features" in options
    ? find.findLearningRateOnFeatures(options)
    : find.findLearningRateOnImages(options));
  progress.stop();
  for (const line of drawSweep(points, suggested, terminalShape())) out.result(line);
  out.result(
    suggested === undefined
      ? "no learning rate lowered the loss for long enough to be suggested"
      : `suggested learning rate: ${suggested}`,
  );
  out.finish({ suggested: suggested ?? null, points });
  const typed = process.argv.slice(2).filter((arg) => arg !== "--lr-find");
  if (suggested !== undefined) out.next([...typed, "--learning-rate", String(suggested)]);
}

function report(out: Output, result: TrainingResult): void {
  out.result(`saved ${result.model}, with curves and reports next to it`);
  const { skipped } = result;
  out.finish({ ...result, ...(skipped && { skipped: skippedJson(skipped) }) });
}
