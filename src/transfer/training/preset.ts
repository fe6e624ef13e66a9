/** A preset: values for options that are not given. */
import { presets } from "../defaults.js";
import type { BaseOptions } from "../options.js";
import type { TrainingOptions } from "./options.js";

type Preset = (typeof presets)[keyof typeof presets];
type PresetOptions = TrainingOptions & Pick<BaseOptions, "app" | "size" | "pooling">;

const ofBase = ["app", "size", "pooling"] as const satisfies readonly (keyof Preset)[];
const ofTraining = [
  "optimizer",
  "learningRate",
  "earlyStop",
  "classWeight",
] as const satisfies readonly (keyof Preset)[];

/**
 * The options, with the values of their preset where none are given; a note names each of these. A saved model has its own base,
 * a base its own size, and a resumed run all settings.
 * @param takesBase whether there is a base to choose: features have theirs behind them
 */
export function withPreset<O extends PresetOptions>(options: O, takesBase: boolean): O {
  const { preset, onNote } = options;
  if (preset === undefined) return options;
  if (options.resume) {
    onNote?.("`resume` continues with the settings of the run; `preset` changes none");
    return options;
  }
  const isNewBase = takesBase && options.init === undefined;
  const names = [...(isNewBase ? ofBase : []), ...ofTraining].filter(
    (name) => options[name] === undefined && !(name === "size" && options.app !== undefined),
  );
  const chosen = names.map((name) => [name, presets[preset][name]] as const);
  const words = chosen.map(([name, value]) => `\`${name}\` ${value}`);
  onNote?.(`preset ${preset}: ${words.join(", ") || "every value is given"}`);
  return { ...options, ...Object.fromEntries(chosen) };
}
