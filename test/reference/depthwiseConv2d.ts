import type { Shape } from "../../src/tensor.js";

/** Padded, strided depthwise convolution by the definition, without bias or activation. */
export function depthwiseConv2d(
  x: Float64Array,
  [batch, height, width, channels]: Shape,
  kernel: Float64Array,
  [kernelHeight, kernelWidth, , multiplier]: Shape,
  strides: readonly [number, number],
  [top, bottom, left, right]: readonly [number, number, number, number],
): Float64Array {
  const outHeight = Math.floor((height + top + bottom - kernelHeight) / strides[0]) + 1;
  const outWidth = Math.floor((width + left + right - kernelWidth) / strides[1]) + 1;
  const y: number[] = [];
  for (let n = 0; n < batch; n++)
    for (let oh = 0; oh < outHeight; oh++)
      for (let ow = 0; ow < outWidth; ow++)
        for (let c = 0; c < channels; c++)
          for (let m = 0; m < multiplier; m++) {
            let sum = 0;
            for (let kh = 0; kh < kernelHeight; kh++)
              for (let kw = 0; kw < kernelWidth; kw++) {
                const h = oh * strides[0] + kh - top;
                const w = ow * strides[1] + kw - left;
                if (h < 0 || h >= height || w < 0 || w >= width) continue;
                sum +=
                  x[((n * height + h) * width + w) * channels + c] *
                  kernel[((kh * kernelWidth + kw) * channels + c) * multiplier + m];
              }
            y.push(sum);
          }
  return Float64Array.from(y);
}
