/** The tutorial's scripts with bases other than VGG16, at the smallest sizes, on generated images and random weights. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import { applications, layersOfBlock, type ApplicationName } from "../../src/models/applications/index.js";
import { loadModel } from "../../src/models/saving/load.js";
import { readFeatures } from "../../src/transfer/data/features.js";
import { innerBase } from "../../src/transfer/model/trainable.js";
import { Project } from "./project.js";

interface Case {
  readonly app: ApplicationName;
  readonly alpha?: string;
  readonly preprocess: string;
  /** Of the base, as Keras prints them. */
  readonly params: string;
  /** The last block. */
  readonly block: string;
  /** Weights of the whole model, and those that change with the last block: the block's and the head's four. */
  readonly weights: number;
  readonly trained: number;
  /** Whether the weights before and after fine-tuning are compared. */
  readonly isCompared?: boolean;
}

const cases: readonly Case[] = [
  {
    app: "mobilenet",
    alpha: "0.25",
    preprocess: "tf",
    params: "218,544",
    block: "block13",
    weights: 139,
    trained: 10,
    isCompared: true,
  },
  {
    app: "resnet50",
    preprocess: "caffe",
    params: "23,587,712",
    block: "conv5_block3",
    weights: 322,
    trained: 16,
    isCompared: true,
  },
  { app: "inceptionv3", preprocess: "tf", params: "21,802,784", block: "mixed10", weights: 380, trained: 22 },
  { app: "xception", preprocess: "tf", params: "20,861,480", block: "block14", weights: 238, trained: 12 },
];

/** Images of each class: as many as one batch takes, so that every run compiles few programs. */
const perClass = 2;

let project: Project;
beforeAll(async () => {
  project = await Project.create();
  const counts = { train: perClass, validation: perClass, test: perClass };
  await writeImageFolders(join(project.folder, "pictures"), { ...counts, size: 48, seed: 3 });
});
afterAll(() => project.remove());

describe.each(cases)(
  "the tutorial with $app",
  ({ app, alpha = "", preprocess, params, block, weights, trained, isCompared }) => {
    const size = applications[app].smallestSize;
    const batch = String(2 * perClass);
    const variables = {
      ...{ APP: app, ALPHA: alpha, SIZE: String(size), WEIGHTS: "random", TRAINABLE: block },
      ...{ DATA: "pictures", OUT: app, EPOCHS: "1", STEPS: "1", BATCH_SIZE: batch },
    };
    const inRun = (...names: string[]) => join(project.folder, app, ...names);

    /** The values of the base's weights, by layer. */
    async function valuesOfBase(run: string): Promise<Map<string, string>> {
      const base = innerBase(await loadModel(inRun(run, "model.h5")))!;
      const values = new Map<string, string>();
      for (const layer of base.leafLayers) {
        const bytes = (await layer.getWeights()).map((w) =>
          Buffer.from(w.dataSync().buffer).toString("base64"),
        );
        if (bytes.length > 0) values.set(layer.name, bytes.join());
      }
      return values;
    }

    it("1: prints the summary", async () => {
      expect(await project.script("1-load", variables)).toContain(`Total params: ${params} `);
    });

    it("2: extracts features, trains and evaluates", async () => {
      const output = await project.script("2-feature-extraction", variables);
      expect(output).toMatch(/^test: 4 images - loss: [\d.]+ - acc: [\d.]+$/m);
      const { meta, splits } = await readFeatures(inRun("features.h5"));
      expect(meta).toMatchObject({ application: app, inputShape: [size, size, 3], preprocess });
      expect(splits.train.features.dataSync().every(Number.isFinite)).toBe(true);
    });

    it("3: trains through the frozen base, augmented", async () => {
      const output = await project.script("3-augmentation", variables);
      expect(output).toContain(`training changes 4 of ${weights} weights\n`);
    });

    it("4: fine-tunes the last block and nothing below", async () => {
      const output = await project.script("4-fine-tuning", variables);
      expect(output).toContain(`training changes ${trained} of ${weights} weights\n`);
      const [before, after] = [await valuesOfBase("augmentation"), await valuesOfBase("fine-tuning")];
      const changed = [...after.keys()].filter((name) => after.get(name) !== before.get(name));
      const { layers } = applications[app].build({ includeTop: false });
      const ofBlock = layersOfBlock(block, layers).map(({ name }) => name);
      expect(changed.filter((name) => !ofBlock.includes(name))).toEqual([]);
      // Random weights leave gradients of many kernels too small for float32 to add; of two networks all of them.
      if (isCompared) expect(changed.length).toBeGreaterThan(0);
    });

    it("4: resumes", async () => {
      const run = ["train", "--data", "pictures", "--init", join(app, "augmentation", "model.h5")];
      const tuning = ["--trainable", block, "--augment", "--learning-rate", "1e-5", "--steps-per-epoch", "1"];
      const more = ["--out", join(app, "fine-tuning"), "--resume", "--epochs", "2", "--batch-size", batch];
      const report = await project.json<{ finishedEpochs: number }>([...run, ...tuning, ...more]);
      expect(report.finishedEpochs).toBe(2);
      const history = await readFile(inRun("fine-tuning", "history.json"), "utf8");
      for (const values of Object.values(JSON.parse(history) as Record<string, number[]>)) {
        expect(values).toHaveLength(2);
        expect(values.every(Number.isFinite)).toBe(true);
      }
    });

    it("5: evaluates, and predicts an image of each class", async () => {
      const output = await project.script("5-evaluate-predict", variables);
      for (const name of ["discs", "stripes"])
        expect(output).toMatch(
          new RegExp(`^pictures/test/${name}/${name}\\.0\\.jpg +(discs|stripes) +[01]\\.\\d+$`, "m"),
        );
    });
  },
);
