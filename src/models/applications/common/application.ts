/** Makes of an application's description what a user calls. */
import { WgraftError } from "../../../errors.js";
import { cachedWeights, type PublishedWeights } from "../../../io/cache/weightsCache.js";
import { Input } from "../../layers/core/inputLayer.js";
import type { Model } from "../../model.js";
import { loadWeights } from "../../saving/weights.js";
import { assemble } from "./assemble.js";
import type { ApplicationDescription, PublishedWeightsOptions } from "./description.js";
import {
  checkApplication,
  checkArchitecture,
  checkPublishedWeights,
  type ApplicationArguments,
  type ApplicationOptions,
  type ArchitectureArguments,
  type BuildOptions,
} from "./options.js";
import { arePublished } from "./publishedWeights.js";

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
  readonly build: (options?: BuildOptions & Partial<Special>) => Model;
}

export function application<const Name extends string, Special extends object>(
  description: ApplicationDescription<Name, Special>,
): Application<Name, Special> {
  const assembled = (choice: ArchitectureArguments<Special>): Model => {
    const input = Input({ shape: choice.inputShape, name: "input_1" });
    const output = description.layers(input, choice);
    const {
      name = description.modelName?.(choice) ?? description.name,
      seed,
      device,
      layer,
      pooling,
    } = choice;
    return assemble(input, output, { name, seed, device, layer, pooling }, description.poolingNames);
  };
  const build = (options?: BuildOptions & Partial<Special>): Model =>
    assembled(checkArchitecture(description, options));
  // Its own options have defaults.
  const fileOf = description.weights as (options: PublishedWeightsOptions) => PublishedWeights;
  const open = async (options?: ApplicationOptions & Partial<Special>): Promise<Model> => {
    const choice = checkApplication(description, options);
    const published = await arePublished({ ...description, weights: fileOf }, choice.weights);
    const model = assembled({ ...choice, published });
    const path = await weightsPath(description, choice);
    // The layers above the cut are in the published file, and may be in any other.
    if (path !== undefined) await loadWeights(model, path, { allowExtra: choice.layer !== undefined });
    return model;
  };
  const weights: typeof description.weights = (options) =>
    description.weights(checkPublishedWeights(description, options));
  // Not by assignment: a function's own `name` is read-only.
  return Object.defineProperties(
    open,
    Object.getOwnPropertyDescriptors({ ...description, build, weights }),
  ) as Application<Name, Special>;
}

/** Where the weights are, downloaded if they must be; undefined where new ones are wanted. */
async function weightsPath<Special extends object>(
  { name, weights: fileOf }: ApplicationDescription<string, Special>,
  choice: ApplicationArguments<Special>,
): Promise<string | undefined> {
  const { weights, includeTop, classes, offline, onProgress, signal } = choice;
  if (weights === "random") return undefined;
  if (weights !== "imagenet") return weights;
  if (includeTop && classes !== 1000) {
    throw new WgraftError(
      "usage",
      `${name}: the published top has 1000 classes, not ${classes}; omit it (\`includeTop\`) and put your own head on the base`,
      { op: name, option: "classes" },
    );
  }
  return cachedWeights(fileOf(choice), { offline, onProgress, signal });
}
