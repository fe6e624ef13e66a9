import { sizeOf, type Shape } from "../../src/tensor.js";

/** The place in a tensor of `shape` of each element of one of the shape `as` that it broadcasts to. */
export function broadcastIndices(shape: Shape, as: Shape): number[] {
  return Array.from({ length: sizeOf(as) }, (_, i) => {
    let [rest, place, step] = [i, 0, 1];
    for (let k = 1; k <= as.length; k++) {
      const coordinate = rest % as[as.length - k];
      rest = Math.floor(rest / as[as.length - k]);
      const own = shape[shape.length - k] ?? 1;
      if (own > 1) place += coordinate * step;
      step *= own;
    }
    return place;
  });
}

export function broadcastTo(x: Float64Array, shape: Shape, as: Shape): Float64Array {
  return Float64Array.from(broadcastIndices(shape, as), (place) => x[place]);
}

/** x, of the shape `as`, summed to `shape`. */
export function sumTo(x: Float64Array, as: Shape, shape: Shape): Float64Array {
  const y = new Float64Array(sizeOf(shape));
  broadcastIndices(shape, as).forEach((place, i) => (y[place] += x[i]));
  return y;
}

/** f of every pair of elements that broadcasting to `as` brings together. */
export function binary(
  f: (a: number, b: number) => number,
  [a, aShape]: readonly [Float64Array, Shape],
  [b, bShape]: readonly [Float64Array, Shape],
  as: Shape,
): Float64Array {
  const right = broadcastTo(b, bShape, as);
  return broadcastTo(a, aShape, as).map((value, i) => f(value, right[i]));
}
