/** Plans of networks for adapters that are not here. */
import { capsOf } from "../../src/kernels/gpu/adapter.js";
import { Device } from "../../src/kernels/gpu/device.js";
import type { ProgramPlan } from "../../src/graph/plan/programPlan.js";
import type { DeviceCaps } from "../../src/kernels/op.js";
import type { Model } from "../../src/models/model.js";
import { Programs, type Mode } from "../../src/models/training/programs.js";
import type { FloatType } from "../../src/tensor.js";
import type { RealAdapter } from "./adapterDrivers.js";
import type { LaunchTarget } from "./launchLimits.js";

/** An adapter as Dawn shows it with some toggles switched on. */
export interface Machine extends LaunchTarget {
  readonly name: string;
  readonly caps: DeviceCaps;
}

/** Without toggles, with that for float16, and with all. */
export function machinesOf({ backend, info, features, toggles, limits }: RealAdapter): Machine[] {
  const all = Object.values(toggles);
  const float16 = all.filter((toggle) => toggle === toggles["shader-f16"]);
  return [[], float16, all].map((on) => {
    const isOn = (feature: string) => !(feature in toggles) || on.includes(toggles[feature]);
    const shown = new Set(features.filter(isOn));
    const name = [`${info.device} on ${backend}`, ...on].join(", ");
    return { name, features: shown, info, caps: capsOf(info, shown, limits), limits };
  });
}

/** A device that plans can be made for, and nothing else. */
function planningDevice(caps: DeviceCaps, precision: FloatType): Device {
  const shown = { caps, precision, memoryBudget: Infinity };
  return Object.create(
    Device.prototype,
    Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, { value }])),
  ) as Device;
}

/** A network whose weights are never made: plans need their shapes alone. */
export async function planned(
  build: (options: { weights: null; device: Device }) => Promise<Model>,
  { caps }: Machine,
  precision: FloatType,
): Promise<Model> {
  const model = await build({ weights: null, device: planningDevice(caps, precision) });
  model.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["acc"] });
  return model;
}

export function planOf(
  model: Model,
  precision: FloatType,
  { caps }: Machine,
  mode: Mode,
  batch: number,
): ProgramPlan {
  const device = planningDevice(caps, precision);
  const sample = { shape: model.inputShape, dtype: "uint8", preprocess: "caffe" } as const;
  return new Programs(device, model, model.compilation).plan(mode, batch, sample);
}
