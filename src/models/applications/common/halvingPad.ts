import type { SymbolicTensor } from "../../layers/layer.js";
import { ZeroPadding2D } from "../../layers/reshaping/zeroPadding2d.js";

/** Zeros around what a convolution with strides of two and padding "valid" reads: correct_pad of keras.applications. */
export function halvingPad(name: string, { shape }: SymbolicTensor, kernelSize: number): ZeroPadding2D {
  const half = Math.floor(kernelSize / 2);
  // Of an even size, one less at the top and at the left.
  const sides = (size: number): [number, number] => [half - (1 - (size % 2)), half];
  return new ZeroPadding2D({ name, padding: [sides(shape[0]), sides(shape[1])] });
}
