/** Makes of an application's description what a user calls. */
import { WgraftError } from "../../../errors.js";
import { cachedWeights } from "../../../io/cache/weightsCache.js";
import { Input } from "../../layers/core/inputLayer.js";
import type { Model } from "../../model.js";
import { loadWeights } from "../../saving/weights.js";
import { assemble } from "./assemble.js";
import type { ApplicationDescription } from "./description.js";
import { checked, type ApplicationOptions, type ArchitectureOptions } from "./options.js";

/** An application is called for a model with its weights, by default those of ImageNet and with the top. */
export interface Application<Name extends string, Special extends object> extends ApplicationDescription<
  Name,
  Special
> {
  /**
   * @throws WgraftError `usage` for options that make no sense, `bad-input` for a weights file that does not fit, `io`
   *   where the published weights cannot be had
   */
  (options?: ApplicationOptions & Partial<Special>): Promise<Model>;
  /** The architecture with new weights. @throws WgraftError `usage` for options that make no sense */
  readonly build: (options?: ArchitectureOptions & Partial<Special>) => Model;
}

export function application<const Name extends string, Special extends object>(
  description: ApplicationDescription<Name, Special>,
): Application<Name, Special> {
  const build = (options: ArchitectureOptions & Partial<Special> = {}): Model => {
    const choice = checked(description, options);
    const input = Input({ shape: choice.inputShape, name: "input_1" });
    const output = description.layers(input, choice);
    const name = description.modelName?.(choice) ?? description.name;
    return assemble(input, output, { name, ...options }, description.poolingNames);
  };
  const open = async (options: ApplicationOptions & Partial<Special> = {}): Promise<Model> => {
    const model = build(options);
    const path = await weightsPath(description, options);
    // The layers above the cut are in the published file, and may be in any other.
    if (path !== undefined) await loadWeights(model, path, { allowExtra: options.layer !== undefined });
    return model;
  };
  // Not by assignment: a function's own `name` is read-only.
  return Object.defineProperties(
    open,
    Object.getOwnPropertyDescriptors({ ...description, build }),
  ) as Application<Name, Special>;
}

/** Where the weights are, downloaded if they must be; undefined where new ones are wanted. */
async function weightsPath<Special extends object>(
  { name, weights: published }: ApplicationDescription<string, Special>,
  options: ApplicationOptions & Partial<Special>,
): Promise<string | undefined> {
  const { weights = "imagenet", includeTop = true, classes = 1000 } = options;
  if (weights === null || weights === "random") return undefined;
  if (weights !== "imagenet") return weights;
  if (includeTop && classes !== 1000) {
    throw new WgraftError(
      "usage",
      `${name}: the published top has 1000 classes, not ${classes}; use includeTop: false`,
    );
  }
  return cachedWeights(published(options), options);
}
