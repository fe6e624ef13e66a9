/**
 * Which kernels compute features where earlier ones are stored. Variants of a kernel differ in their last bits, so stored
 * features belong to those that they were computed with: faster ones are of no use where little is left to compute.
 */
import { WgraftError } from "../../errors.js";
import type { ProgramPlan } from "../../graph/plan/programPlan.js";
import { saveChoices } from "../../graph/tuning/autotune.js";
import type { Device } from "../../kernels/gpu/device.js";
import { launchedVariant, type Choices } from "../../kernels/gpu/tuning.js";
import type { Programs } from "../training/programs.js";
import { featureKeys, type FeatureStore } from "./featureStore.js";
import type { ImageSource } from "./imageSource.js";

/** What other kernels must leave to be computed, at most, to be preferred: measured ones are seldom twice as fast. */
const mostLeft = 0.5;

/**
 * The kernels of stored features, if with them much less is left to compute than with those that the device would choose.
 * @param batch images in one run
 * @returns undefined where the device chooses
 */
export async function kernelsOfStored(
  programs: Programs,
  batch: number,
  source: ImageSource,
  store: FeatureStore,
): Promise<Choices | undefined> {
  const { device } = programs;
  const { tuning, choices } = device;
  // Without measurements they are the same each time, and a run that has pinned them needs those.
  if (!tuning || choices.isPinned) return undefined;
  const planned = planner(programs, batch, source);
  const own = planned();
  if (!own) return undefined;
  let best: { readonly kernels?: Choices; readonly left: number } = {
    left: await missing(device, own, source, store),
  };
  const bound = mostLeft * best.left;
  // The latest, and those of whoever did without measurements.
  for (const other of [tuning.featureKernels, new Map<string, string>()]) {
    if (best.left === 0) break;
    const plan = planned(other);
    if (!plan) continue;
    const left = await missing(device, plan, source, store);
    if (left < best.left && left <= bound) best = { kernels: kernelsOf(plan), left };
  }
  return best.kernels;
}

/** Keeps which kernels the features of a plan are computed with, for the next extraction. */
export async function keepKernels(device: Device, plan: ProgramPlan): Promise<void> {
  device.tuning?.keepFeatureKernels(kernelsOf(plan));
  await saveChoices(device);
}

function planner(programs: Programs, batch: number, source: ImageSource) {
  return (choices?: Choices): ProgramPlan | undefined => {
    try {
      return programs.plan("predict", batch, source.sample, choices);
    } catch (error) {
      // A smaller batch will be compiled, by the device's choices.
      if (error instanceof WgraftError && error.code === "out-of-memory") return undefined;
      throw error;
    }
  };
}

function kernelsOf({ lowered }: ProgramPlan): Choices {
  const tunables = lowered.steps.flatMap(({ tunable }) => tunable ?? []);
  return new Map(tunables.map((tunable) => [tunable.key, launchedVariant(tunable)]));
}

/** How many images have no features in the store. */
async function missing(
  device: Device,
  plan: ProgramPlan,
  source: ImageSource,
  store: FeatureStore,
): Promise<number> {
  const keyOf = await featureKeys(device, plan, source);
  const has = await Promise.all(
    source.files.map(async (file) => {
      const key = keyOf(file);
      return key !== undefined && (await store.has(key));
    }),
  );
  return has.filter((one) => !one).length;
}
