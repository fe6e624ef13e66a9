import { sizeOf, type Shape } from "../../src/tensor.js";

export function globalAveragePool2d(x: Float64Array, [n, h, w, c]: Shape): Float64Array {
  const y = new Float64Array(n * c);
  x.forEach((value, i) => (y[Math.floor(i / (h * w * c)) * c + (i % c)] += value / (h * w)));
  return y;
}

export function globalAveragePool2dGrad(dy: Float64Array, shape: Shape): Float64Array {
  const [, h, w, c] = shape;
  return Float64Array.from(
    { length: sizeOf(shape) },
    (_, i) => dy[Math.floor(i / (h * w * c)) * c + (i % c)] / (h * w),
  );
}
