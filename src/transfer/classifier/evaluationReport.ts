/** The page of an evaluation. */
import { AtomicFile, writeFileAtomic } from "../../io/atomic.js";
import type { Assessment, Explained } from "../../io/report/assessment.js";
import { evaluationPage } from "../../io/report/evaluationPage.js";
import { version } from "../../version.js";
import type { SavedModel } from "./savedModel.js";

/** Before any work. @throws WgraftError `io` where the file could not be written */
export async function checkReport(path: string | undefined): Promise<void> {
  if (path !== undefined) await AtomicFile.begin(path);
}

interface Evaluated {
  readonly saved: SavedModel;
  /** The folder, or the features file. */
  readonly of: string;
  readonly assessment: Assessment;
  readonly explained?: Explained;
  readonly seconds: number;
}

export async function writeEvaluationReport(
  path: string,
  { saved, of, assessment, explained, seconds }: Evaluated,
): Promise<void> {
  const { path: model, device, base } = saved;
  const { samples, split } = assessment;
  const page = await evaluationPage({
    title: `Evaluation of ${model}`,
    subtitle: `${samples} samples: ${split} of ${of}`,
    assessment,
    ...explained,
    seconds,
    settings: { model, data: of, split, ...base },
    environment: {
      wgraft: version(),
      node: process.version,
      adapter: device.name,
      precision: device.precision,
      toggles: [...device.toggles],
    },
  });
  await writeFileAtomic(path, page);
}
