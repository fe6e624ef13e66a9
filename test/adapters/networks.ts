/** The programs whose kernels the adapter tests look at: the tutorial's bases, predicting and training. */
import type { Step } from "../../src/graph/plan/lower.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import type { DeviceCaps, Launch } from "../../src/kernels/op.js";
import { MobileNet, ResNet50, VGG16 } from "../../src/models/applications/index.js";
import type { Mode } from "../../src/models/training/programs.js";
import { launchesBy } from "../support/lowering.js";

const networks = { VGG16, MobileNet, ResNet50 };
export type NetworkName = keyof typeof networks;
export const networkNames = Object.keys(networks) as NetworkName[];

/** Batches of a single image, where little can be shared, and of the command line's default. */
const programs: readonly { readonly mode: Mode; readonly batch: number }[] = [
  { mode: "predict", batch: 1 },
  { mode: "predict", batch: 20 },
  { mode: "train", batch: 20 },
];

/** The steps of a network's programs, all layers trained, planned for a device on which nothing need run. */
export async function stepsOf(name: NetworkName, device: Device): Promise<Step[]> {
  const model = await networks[name]({ weights: null, pooling: "avg", includeTop: false, device });
  model.compile({ optimizer: "rmsprop", loss: "categorical_crossentropy" });
  const planned = await model.ready();
  const sample = { shape: model.inputShape, dtype: "uint8", preprocess: "rescale" } as const;
  return programs.flatMap(({ mode, batch }) => planned.plan(mode, batch, sample).lowered.steps);
}

/** What a step launches by each of its variants: by the only one, where there is no choice. */
export function launchesByVariant(
  { node, launches, tunable }: Step,
  caps: DeviceCaps,
): [string, readonly Launch[]][] {
  if (!tunable) return [["only", launches]];
  return tunable.variants.map((variant) => [variant, launchesBy(variant, node, caps)]);
}
