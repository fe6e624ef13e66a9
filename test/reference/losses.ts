/** Losses and their gradients in float64, clipped at the float32 numbers that Keras clips at. */
import { softmax } from "./softmax.js";

const LOW = Math.fround(1e-7);
const HIGH = Math.fround(1 - 1e-7);
const clip = (p: number) => Math.min(Math.max(p, LOW), HIGH);
const inside = (p: number) => p >= LOW && p <= HIGH;

/** Means over rows of `width`. */
function rowMeans(values: Float64Array, width: number): Float64Array {
  const means = new Float64Array(values.length / width);
  values.forEach((value, i) => (means[Math.floor(i / width)] += value / width));
  return means;
}

export function binaryCrossentropy(
  y: Float64Array,
  prediction: Float64Array,
  width: number,
  fromLogits: boolean,
) {
  const each = prediction.map((z, i) => {
    if (fromLogits) return Math.max(z, 0) - z * y[i] + Math.log1p(Math.exp(-Math.abs(z)));
    const p = clip(z);
    return -(y[i] * Math.log(p) + (1 - y[i]) * Math.log1p(-p));
  });
  return rowMeans(each, width);
}

export function binaryCrossentropyGrad(
  dy: Float64Array,
  y: Float64Array,
  prediction: Float64Array,
  width: number,
  fromLogits: boolean,
): Float64Array {
  return prediction.map((z, i) => {
    const scale = dy[Math.floor(i / width)] / width;
    if (fromLogits) return scale * (1 / (1 + Math.exp(-z)) - y[i]);
    return inside(z) ? (scale * (z - y[i])) / (z * (1 - z)) : 0;
  });
}

function rowTotals(values: Float64Array, width: number): Float64Array {
  return rowMeans(values, width).map((mean) => mean * width);
}

/** Targets one-hot. */
export function categoricalCrossentropy(
  y: Float64Array,
  prediction: Float64Array,
  width: number,
  fromLogits: boolean,
) {
  const totals = rowTotals(prediction, width);
  const probabilities = fromLogits
    ? softmax(prediction, width)
    : prediction.map((p, i) => clip(p / totals[Math.floor(i / width)]));
  return rowTotals(
    probabilities.map((p, i) => (y[i] === 0 ? 0 : -y[i] * Math.log(p))),
    width,
  );
}

export function categoricalCrossentropyGrad(
  dy: Float64Array,
  y: Float64Array,
  prediction: Float64Array,
  width: number,
  fromLogits: boolean,
): Float64Array {
  const row = (i: number) => Math.floor(i / width);
  if (fromLogits) {
    const targets = rowTotals(y, width);
    return softmax(prediction, width).map((p, i) => dy[row(i)] * (p * targets[row(i)] - y[i]));
  }
  const totals = rowTotals(prediction, width);
  const passed = y.map((t, i) => (inside(prediction[i] / totals[row(i)]) ? t : 0));
  const passedTotals = rowTotals(passed, width);
  return prediction.map((p, i) => {
    const own = passed[i] === 0 ? 0 : passed[i] / p;
    return dy[row(i)] * (passedTotals[row(i)] / totals[row(i)] - own);
  });
}

/** Class indices as one-hot rows. */
export function oneHot(classes: ArrayLike<number>, width: number): Float64Array {
  return Float64Array.from({ length: classes.length * width }, (_, i) =>
    classes[Math.floor(i / width)] === i % width ? 1 : 0,
  );
}
