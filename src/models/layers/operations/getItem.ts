import { shapeError, WgraftError } from "../../../errors.js";
import { keras2Key, keras3Key, type KeyItem, type SliceKey } from "../../../io/keras/indexKeys.js";
import type { GraphBuilder, Value } from "../../../kernels/op.js";
import { concat } from "../../../kernels/shape/concat.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { slice } from "../../../kernels/shape/slice.js";
import { check, listOf } from "../../../options/checks.js";
import { required, type Arguments } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import type { CallContext } from "../layer.js";
import { layerOptions } from "../layerOptions.js";
import { hasKeys, Operation, operationFields, type Keras2Call, type OperationOptions } from "./operation.js";

export interface GetItemOptions extends OperationOptions {
  /** For each axis, the batch axis first: a place, a slice, "..." for the axes between, null for a new one. */
  key: readonly KeyItem[];
}

const item = check<KeyItem>("an integer, a slice, null or ...", (value) => {
  return (
    value === null ||
    value === "..." ||
    Number.isSafeInteger(value) ||
    hasKeys(value, "start", "stop", "step")
  );
});

const table = layerOptions<GetItemOptions>("GetItem").fields({ key: required(keyOf()), ...operationFields });

function keyOf() {
  const items = listOf(check<KeyItem>(item.expected, (value) => value !== undefined));
  const isGood = (value: unknown) =>
    Array.isArray(value) && value.every((one) => one === null || item.read(one) !== undefined);
  return { ...items, read: (value: unknown) => (isGood(value) ? [...(value as KeyItem[])] : undefined) };
}

/** What becomes of one axis. */
interface Axis {
  /** Places that are taken, in order; undefined: a new axis. */
  readonly places?: readonly number[];
  /** Whether the axis is left in the result. */
  readonly isKept: boolean;
}

/** More pieces of a tensor than these are not put together. */
const maxPieces = 512;

/** `x[key]`: places along axes. After keras/src/ops/numpy.py. */
export class GetItem extends Operation<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: GetItemOptions) {
    super(options);
  }

  override get keepsIntegers(): boolean {
    return true;
  }

  override computeOutputShape(input: Shape): Shape {
    return resultShape(this.axesOf(input));
  }

  override call({ graph }: CallContext, input: Value): Value {
    const [batch, ...sample] = input.shape;
    const axes = this.axesOf(sample);
    const old = axes.filter(({ places }) => places);
    const taken = old.reduce((x, { places }, i) => emitPlaces(graph, x, i + 1, places!), input);
    return graph.add(reshape, [taken], { shape: [batch, ...resultShape(axes)] });
  }

  override keras3Arguments([x]: readonly unknown[]): unknown[] {
    return [x, keras3Key(this.args.key)];
  }

  override keras2Call([first]: readonly unknown[]): Keras2Call {
    return { first, kwargs: { slice_spec: keras2Key(this.args.key) } };
  }

  /** The sample's axes, with new ones between. */
  private axesOf(sample: Shape): Axis[] {
    const { key } = this.args;
    const fail = (expected: string) =>
      shapeError(
        `layer ${this.name}`,
        expected,
        `${JSON.stringify(key)} of ${formatShape([null, ...sample])}`,
      );
    const given = key.filter((one) => one !== null && one !== "...").length;
    const between = sample.length + 1 - given;
    if (between < 0 || key.filter((one) => one === "...").length > 1)
      throw fail("a key for the axes that there are");
    const all: SliceKey = { start: null, stop: null, step: null };
    const fill = new Array<KeyItem>(between).fill(all);
    const whole = key.includes("...")
      ? key.flatMap((one) => (one === "..." ? fill : [one]))
      : [...key, ...fill];
    const [first, ...rest] = whole;
    const isWhole = typeof first === "object" && first !== null && isAll(first);
    if (!isWhole) throw fail("all samples of the batch: a key that begins with ... or :");
    let axis = 0;
    return rest.map((one): Axis => {
      if (one === null) return { isKept: true };
      const size = sample[axis++];
      if (typeof one === "number") {
        const place = one < 0 ? one + size : one;
        if (place < 0 || place >= size) throw fail(`a place from 0 to ${size - 1} of axis ${axis}`);
        return { places: [place], isKept: false };
      }
      const places = placesOf(one as SliceKey, size);
      if (places.length === 0) throw fail(`at least one place of axis ${axis}`);
      return { places, isKept: true };
    });
  }
}

function resultShape(axes: readonly Axis[]): Shape {
  return axes.filter(({ isKept }) => isKept).map(({ places }) => places?.length ?? 1);
}

function isAll({ start, stop, step }: SliceKey): boolean {
  return (start === null || start === 0) && stop === null && (step === null || step === 1);
}

/** As Python's `range(*slice.indices(size))`. */
function placesOf({ start, stop, step }: SliceKey, size: number): number[] {
  const by = step ?? 1;
  if (by === 0) return [];
  const [low, high] = by > 0 ? [0, size] : [-1, size - 1];
  const clamp = (value: number) => Math.min(high, Math.max(low, value < 0 ? value + size : value));
  const from = start === null ? (by > 0 ? low : high) : clamp(start);
  const to = stop === null ? (by > 0 ? high : low) : clamp(stop);
  const count = Math.max(0, Math.ceil((to - from) / by));
  return Array.from({ length: count }, (_, i) => from + i * by);
}

/** Runs of neighbours are taken in one piece. */
function emitPlaces(g: GraphBuilder, x: Value, axis: number, places: readonly number[]): Value {
  if (places.length === x.shape[axis] && places.every((place, i) => place === i)) return x;
  const runs: { start: number; size: number }[] = [];
  for (const place of places) {
    const last = runs.at(-1);
    if (last && last.start + last.size === place) last.size++;
    else runs.push({ start: place, size: 1 });
  }
  if (runs.length > maxPieces)
    throw new WgraftError(
      "not-supported",
      `an index that takes ${runs.length} pieces; at most ${maxPieces} are put together`,
    );
  const pieces = runs.map((run) => g.apply(slice, [x], { axis, ...run })[0]);
  return pieces.length === 1 ? pieces[0] : g.apply(concat, pieces, { axis })[0];
}
