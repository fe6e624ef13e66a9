/** Pretrained networks, after keras.applications. */
import { WgraftError } from "../../errors.js";
import { resolveWeights } from "../../io/cache/weightsCache.js";
import type { Model } from "../model.js";
import { loadWeights } from "../saving/weights.js";
import { buildMobileNet, publishedRows } from "./mobilenet.js";
import type { ApplicationName, ApplicationOptions, ArchitectureOptions } from "./options.js";
import { buildVgg } from "./vgg.js";

export { cutAt } from "./cutAt.js";
export type { ApplicationName, ApplicationOptions, ArchitectureOptions } from "./options.js";
export { preprocessInput } from "./preprocess.js";

export interface Application {
  /** The architecture with new weights. */
  readonly build: (options?: ArchitectureOptions) => Model;
  /** What the published weights were trained on. */
  readonly preprocess: "caffe" | "tf";
  /** Its last layer without the top: whose output the features are, by default. */
  readonly featureLayer: string;
}

export const applications: Readonly<Record<ApplicationName, Application>> = {
  vgg16: { build: (options) => buildVgg("vgg16", options), preprocess: "caffe", featureLayer: "block5_pool" },
  vgg19: { build: (options) => buildVgg("vgg19", options), preprocess: "caffe", featureLayer: "block5_pool" },
  mobilenet: { build: buildMobileNet, preprocess: "tf", featureLayer: "conv_pw_13_relu" },
};

/** VGG16: by default with its top and the weights of ImageNet. @throws WgraftError as `openApplication` */
export function VGG16(options: ApplicationOptions = {}): Promise<Model> {
  return openApplication("vgg16", options);
}

/** VGG19: by default with its top and the weights of ImageNet. @throws WgraftError as `openApplication` */
export function VGG19(options: ApplicationOptions = {}): Promise<Model> {
  return openApplication("vgg19", options);
}

/** MobileNet: by default with its top and the weights of ImageNet. @throws WgraftError as `openApplication` */
export function MobileNet(options: ApplicationOptions = {}): Promise<Model> {
  return openApplication("mobilenet", options);
}

/**
 * Builds an application and loads its weights.
 * @throws WgraftError `usage` for arguments that make no sense, `bad-input` for a weights file that does not fit, `io`
 *   where the published weights cannot be had
 */
export async function openApplication(
  name: ApplicationName,
  options: ApplicationOptions = {},
): Promise<Model> {
  const model = applications[name].build(options);
  const path = await weightsPath(name, options);
  // The layers above the cut are in the published file, and may be in any other.
  if (path !== undefined) await loadWeights(model, path, { allowExtra: options.layer !== undefined });
  return model;
}

/** Where the weights are, downloaded if they must be; undefined where new ones are wanted. */
async function weightsPath(name: ApplicationName, options: ApplicationOptions): Promise<string | undefined> {
  const { weights = "imagenet", includeTop = true, inputShape = [224, 224, 3], classes = 1000 } = options;
  if (weights === null || weights === "random") return undefined;
  if (weights !== "imagenet") return weights;
  if (includeTop && classes !== 1000) {
    throw new WgraftError(
      "usage",
      `${name}: the published top has 1000 classes, not ${classes}; use includeTop: false`,
    );
  }
  const { alpha, offline, onProgress, signal } = options;
  const rows = publishedRows(inputShape);
  return resolveWeights({ application: name, includeTop, alpha, rows, offline, onProgress, signal });
}
