/** Names, places and hashes of the weights that keras.applications publishes (keras/src/applications/*.py). */
import { WgraftError } from "../../errors.js";

export const OFFICIAL_BASE_URL = "https://storage.googleapis.com/tensorflow/keras-applications/";

export interface WeightsVariant {
  /** "vgg16", "vgg19", "resnet50", "inception_v3", "xception" or "mobilenet". */
  application: string;
  includeTop: boolean;
  /** MobileNet's width multiplier: 1, 0.75, 0.5 or 0.25. Default: 1. */
  alpha?: number;
  /** MobileNet's image height: 224, 192, 160 or 128. Default: 224. */
  rows?: number;
}

export interface OfficialFile {
  name: string;
  /** Below the base URL. */
  folder: string;
  /** Published for all but MobileNet. */
  md5?: string;
}

/** md5 with the top, and without. */
const hashes = new Map<string, readonly [string, string]>([
  ["vgg16", ["64373286793e3c8b2b4e3219cbf3544b", "6d6bbae143d832006294945121d1f1fc"]],
  ["vgg19", ["cbe5617147190e668d6c5d5026f83318", "253f8cb515780f3b799900260a226db6"]],
  ["resnet50", ["2cb95161c43110f7111970584f804107", "4d473c1dd8becc155b73f8504c6f6626"]],
  ["inception_v3", ["9a0d58056eeedaa3f26cb7ebd46da564", "bcbd6486424b2319ff4ef7d526e38f63"]],
  ["xception", ["0a58e3b7378bc2990ea3b43d5981f1f6", "b0042744bf5b25fce3cb969f33bebb97"]],
]);
const mobileNetWidths = new Map([
  [1, "1_0"],
  [0.75, "7_5"],
  [0.5, "5_0"],
  [0.25, "2_5"],
]);
const mobileNetRows = [128, 160, 192, 224];

/** Throws `usage` when no weights were published for the variant. */
export function officialFile({
  application,
  includeTop,
  alpha = 1,
  rows = 224,
}: WeightsVariant): OfficialFile {
  if (application === "mobilenet") {
    const width = mobileNetWidths.get(alpha);
    if (width === undefined || !mobileNetRows.includes(rows)) {
      throw new WgraftError(
        "usage",
        `mobilenet has published weights for alpha 0.25, 0.5, 0.75, 1 and ${mobileNetRows.join(", ")} rows, not alpha ${alpha} and ${rows}`,
      );
    }
    return { name: `mobilenet_${width}_${rows}_tf${includeTop ? "" : "_no_top"}.h5`, folder: "mobilenet" };
  }
  const md5 = hashes.get(application)?.[includeTop ? 0 : 1];
  if (md5 === undefined) {
    throw new WgraftError(
      "usage",
      `no published weights for ${application}; there are ${[...hashes.keys()].join(", ")}, mobilenet`,
    );
  }
  return {
    name: `${application}_weights_tf_dim_ordering_tf_kernels${includeTop ? "" : "_notop"}.h5`,
    folder: application === "resnet50" ? "resnet" : application,
    md5,
  };
}
