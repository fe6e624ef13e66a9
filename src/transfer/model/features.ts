/** What makes features of images. */
import type { Model } from "../../models/model.js";

export interface Base {
  readonly model: Model;
  /** The layer whose output the features are, before any pooling. */
  readonly layer: string;
  /** Where the weights were found: an absolute path, "imagenet" or "random". */
  readonly weights: string;
  /** Identifies the weights: see `FeaturesMeta.weightsSha256`. */
  readonly weightsSha256: string;
}
