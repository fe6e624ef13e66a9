/** Pretrained networks, after keras.applications. */

export type { Application } from "./common/application.js";
export type {
  LayerBlock,
  Pooling,
  ApplicationDescription,
  SpecialOption,
  PublishedWeightsOptions,
} from "./common/description.js";
export type { ApplicationOptions, ArchitectureOptions, BuildOptions } from "./common/options.js";
export { arePublished } from "./common/publishedWeights.js";
export { blocksOf, layersOfBlock, type BlockLayers } from "./blocks.js";
export { cutAt } from "./cutAt.js";
export * from "./families.js";
export {
  decodePredictions,
  imagenetClassCount,
  imagenetClasses,
  type ClassIndexOptions,
  type DecodePredictionsOptions,
  type ImageNetClass,
  type ImageNetPrediction,
} from "./imagenet.js";
export { applications, type ApplicationName } from "./list.js";
export { preprocessInput } from "./preprocess.js";
export { resolveWeights, type ResolveWeightsOptions } from "./resolveWeights.js";
