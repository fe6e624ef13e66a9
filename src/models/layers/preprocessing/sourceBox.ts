/** Layers that bring images of any size to one. */
import type { SourceBox } from "../../../kernels/image/resizeImages.js";
import type { Resize2dAttrs } from "../../../kernels/image/resize2d.js";
import type { Size2d } from "../../../kernels/common/window2d.js";

/** A layer that resizes a part of an image, which depends on the image's size alone. */
export interface FixesSize {
  /** The part of an image of this size. */
  sourceBox(image: Size2d): SourceBox;
  /** What becomes of that part; of padding, `fillValue`. */
  readonly resampling: Resize2dAttrs & { readonly fillValue?: number };
}

export function fixesSize(layer: object): layer is FixesSize {
  return "sourceBox" in layer && "resampling" in layer;
}
