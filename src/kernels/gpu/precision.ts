/** What activations are stored as, and what an adapter must have for that. */
import { WgraftError } from "../../errors.js";
import type { FloatType } from "../../tensor.js";
import { adapterName, type AdapterInfo } from "./adapter.js";
import { f16Toggle } from "./toggles.js";

/** @throws WgraftError `not-supported` where the adapter cannot store float16 */
export function expectPrecision(
  precision: FloatType,
  info: AdapterInfo,
  features: ReadonlySet<string>,
): void {
  if (precision === "float32" || features.has("shader-f16")) return;
  throw new WgraftError(
    "not-supported",
    `precision float16: ${adapterName(info)} has no shader-f16, which storing float16 takes ` +
      `(the toggle ${f16Toggle} is on already); take another adapter or a newer driver, or leave the precision at float32`,
    { op: "createDevice", expected: "shader-f16", got: [...features] },
  );
}
