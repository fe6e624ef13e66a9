import { shapeError } from "../../errors.js";
import { MEAN_BGR } from "../../kernels/image/imageToFloat.js";
import { formatShape, Tensor } from "../../tensor.js";
import type { Preprocess } from "../training/batches.js";

/**
 * Pixels 0…255 to what an application expects, on the host; `predict` and `fit` do the same on the GPU where they get
 * uint8 pictures and `preprocess`.
 * @param images RGB (…, 3)
 * @param mode "caffe": BGR minus ImageNet's mean colour (VGG); "tf": x / 127.5 − 1 (MobileNet); "rescale": x / 255;
 *   "none": as they are
 * @returns float32 of the same shape
 * @throws WgraftError `shape` where mode caffe gets other than three channels
 */
export function preprocessInput(images: Tensor, mode: Preprocess): Tensor<"float32"> {
  const pixels = images.dataSync();
  if (mode === "caffe" && images.shape.at(-1) !== 3) {
    throw shapeError("preprocessInput", "images (…, 3) for mode caffe", formatShape(images.shape));
  }
  const values = Float32Array.from(pixels, converter(mode, pixels));
  return new Tensor(values, images.shape, "float32");
}

function converter(mode: Preprocess, pixels: ArrayLike<number>): (pixel: number, i: number) => number {
  switch (mode) {
    case "caffe":
      return (_, i) => pixels[i - 2 * (i % 3) + 2] - MEAN_BGR[i % 3];
    case "tf":
      return (pixel) => pixel / 127.5 - 1;
    case "rescale":
      return (pixel) => pixel / 255;
    case "none":
      return (pixel) => pixel;
  }
}
