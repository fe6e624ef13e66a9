import { Dense } from "../../layers/core/dense.js";
import type { Layer } from "../../layers/layer.js";
import { GlobalAveragePooling2D } from "../../layers/pooling/globalAveragePooling2d.js";

/** The top of most networks: the mean over height and width, and a probability for each class. */
export function classifier(classes: number): Layer[] {
  return [
    new GlobalAveragePooling2D({ name: "avg_pool" }),
    new Dense({ name: "predictions", units: classes, activation: "softmax" }),
  ];
}
