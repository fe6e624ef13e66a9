/** Switches of Dawn: those that are asked for, and those that options stand for. */
import { WgraftError } from "../../errors.js";
import { suggestion } from "../../options/suggest.js";
import type { FloatType } from "../../tensor.js";
import { version } from "../../version.js";
import { knownToggles } from "./dawnToggles.js";

/** Dawn keeps shader-f16 back on NVIDIA's drivers without this toggle; elsewhere it does nothing. */
export const f16Toggle = "vulkan_enable_f16_on_nvidia";

/** Checks that the WebGPU standard demands of every kernel: of indices, of uninitialized workgroup memory, of divisions by zero. */
export const fastToggles = [
  "disable_robustness",
  "disable_workgroup_init",
  "disable_polyfills_on_integer_div_and_mod",
] as const;

/** The toggles of a device with these options, those that were asked for among them. */
export function togglesFor(precision: FloatType, asked: readonly string[], fast = false): readonly string[] {
  const needed = [...(precision === "float32" ? [] : [f16Toggle]), ...(fast ? fastToggles : [])];
  return [...asked, ...needed.filter((toggle) => !asked.includes(toggle))];
}

/** @throws WgraftError `usage` for a name that Dawn would ignore */
export function expectToggles(asked: readonly string[]): void {
  for (const name of asked) {
    if (knownToggles.includes(name)) continue;
    const meant = suggestion(name, knownToggles);
    const hint = meant ? `; did you mean ${meant}?` : ", nor anything like it";
    throw new WgraftError("usage", `\`toggles\`: Dawn (webgpu ${version("webgpu")}) has no ${name}${hint}`, {
      op: "createDevice",
      option: "toggles",
      got: name,
    });
  }
}
