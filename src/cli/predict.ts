/** `wgraft predict`: the class of each picture, and how sure the model is. */
import { isDeepStrictEqual } from "node:util";
import { WgraftError } from "../errors.js";
import type { SkippedImage } from "../io/dataset/loader.js";
import { classify, type Classification } from "../models/data/score.js";
import { asFiles, classesOf, openHead, openPictures, type ClassifierOptions } from "./classifier.js";
import { formatTable } from "./output.js";
import { startProgress } from "./progress.js";
import type { CommandContext } from "./run.js";

export interface PredictOptions extends ClassifierOptions {
  classNames?: readonly string[];
}

export async function predict(
  context: CommandContext,
  images: readonly string[],
  options: PredictOptions,
): Promise<void> {
  const { out } = context;
  const head = await openHead(options.model, context);
  const classes = classesOf(head.model);
  const { classNames: typed } = options;
  const known = head.base?.classNames;
  if (typed && known && !isDeepStrictEqual(typed, known)) {
    const words = `--class-names ${typed.join(",")}: ${head.path} was trained on ${known.join(",")}`;
    throw new WgraftError("usage", `${words}; leave --class-names away`);
  }
  const names = classNames(known ?? typed, classes, head.path);
  const pictures = await openPictures(head, options, context);
  const skipped: SkippedImage[] = [];
  const files = asFiles(images);
  const found: (Classification & { path: string })[] = [];
  const progress = startProgress({ label: "predict", total: files.length, transient: true });
  try {
    for await (const { outputs, files: part } of pictures.outputs(files, (one) => skipped.push(one))) {
      classify(outputs, classes).forEach((one, i) => found.push({ ...one, path: part[i].path }));
      progress.update(found.length + skipped.length);
    }
  } finally {
    progress.stop();
  }
  for (const line of formatTable(found.map((f) => [f.path, names[f.predicted], f.probability.toFixed(4)])))
    out.result(line);
  for (const { error } of skipped) out.note(`skipped ${error.message}`);
  out.finish({
    model: options.model,
    classNames: names,
    predictions: found.map(({ path, predicted, probability, probabilities }) => ({
      file: path,
      class: names[predicted],
      probability,
      probabilities: Object.fromEntries(probabilities.map((p, i) => [names[i], p])),
    })),
    skipped: skipped.map(({ file, error }) => ({ file: file.path, error: error.message })),
  });
  if (found.length === 0) throw new WgraftError("bad-input", "none of the pictures could be read");
}

function classNames(known: readonly string[] | undefined, classes: number, path: string): readonly string[] {
  if (!known) return Array.from({ length: classes }, (_, i) => `class ${i}`);
  if (known.length === classes) return known;
  throw new WgraftError(
    "bad-input",
    `${path}: tells ${classes} classes apart, ${known.length} are named: ${known.join(", ")}`,
  );
}
