/** Tensors that are read with their own strides: broadcast, or with axes in another order. */
import coordinates from "../../../wgsl/common/coordinates.wgsl";
import { WgraftError } from "../../errors.js";
import { formatShape, sizeOf, type Shape } from "../../tensor.js";
import { linearWorkgroups, type Kernel, type LowerContext, type Operand } from "../op.js";
import { elementKernel } from "./elementKernel.js";
import { lanesOf, storedType, WORKGROUP_SIZE, type ElementType } from "./launchUnits.js";
import { bindingRanges, bytesPer, sliceRange, type Range } from "./ranges.js";

/** Axes that a kernel distinguishes. */
const MOST_AXES = 5;

/** Elements from one place of an axis to the next, of a tensor in C order. */
export function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** Strides by which a tensor of `shape` is read as one of the shape `as`, NumPy's rules of broadcasting given. */
export function broadcastStrides(shape: Shape, as: Shape): number[] {
  const missing = as.length - shape.length;
  const own = stridesOf(shape);
  return as.map((_, axis) => (axis < missing || shape[axis - missing] === 1 ? 0 : own[axis - missing]));
}

/** Axes as a kernel sees them, the last one first. */
interface Axes {
  readonly sizes: readonly number[];
  /** Of each tensor that is read. */
  readonly strides: readonly (readonly number[])[];
}

/** Leaves axes of one element out, and joins neighbours that every tensor runs through as through one. */
function joinedAxes(shape: Shape, strides: readonly (readonly number[])[]): Axes {
  const sizes: number[] = [];
  const joined: number[][] = strides.map(() => []);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis];
    if (size === 1) continue;
    const last = sizes.length - 1;
    const isOne = last >= 0 && strides.every((own, i) => own[axis] === sizes[last] * joined[i][last]);
    if (isOne) {
      sizes[last] *= size;
      continue;
    }
    sizes.push(size);
    strides.forEach((own, i) => joined[i].push(own[axis]));
  }
  return sizes.length > 0 ? { sizes, strides: joined } : { sizes: [1], strides: strides.map(() => [0]) };
}

/** A kernel over `names.length` tensors, each read under strides; its source finds `coordinates` and `offset_of`. */
export function stridedKernel(name: string, source: string, names: readonly string[]): Kernel {
  const strides = names.flatMap((tensor) => [
    `${tensor}_start`,
    ...Array.from({ length: MOST_AXES }, (_, k) => `${tensor}_${k}`),
  ]);
  const sizes = Array.from({ length: MOST_AXES - 1 }, (_, k) => `size_${k}`);
  return elementKernel(name, coordinates + source, names.length, [...sizes, ...strides]);
}

export interface StridedLaunch {
  readonly op: string;
  readonly kernel: Kernel;
  readonly result: Operand;
  /** What is read, by the names that the kernel has for it, with a stride for each axis of the result. */
  readonly inputs: Readonly<
    Record<string, { readonly operand: Operand; readonly strides: readonly number[] }>
  >;
  readonly constants?: Readonly<Record<string, number>>;
  readonly flopsPerElement?: number;
}

/** Launches a strided kernel, over as many ranges of the first axis as the storage binding limit asks for. */
export function launchStrided(ctx: LowerContext, launch: StridedLaunch): void {
  const { op, kernel, result, inputs, constants, flopsPerElement = 0 } = launch;
  if (sizeOf(result.shape) === 0) return;
  const entries = Object.entries(inputs);
  const { sizes, strides } = joinedAxes(
    result.shape,
    entries.map(([, input]) => input.strides),
  );
  if (sizes.length > MOST_AXES) {
    throw new WgraftError(
      "not-supported",
      `${op}: ${formatShape(result.shape)} takes ${sizes.length} axes apart; at most ${MOST_AXES} are supported`,
      { op, expected: MOST_AXES, got: sizes.length },
    );
  }
  // Four elements at a time, where every tensor has four neighbours or one for all four, and they begin at a multiple of four.
  const aligned = ([last, ...others]: readonly number[]) =>
    last === 0 || (last === 1 && others.every((stride) => stride % 4 === 0));
  const type: ElementType = sizes[0] % 4 === 0 && strides.every(aligned) ? "vec4f" : "f32";
  const lanes = lanesOf(type);
  const types = strides.map(([last]): ElementType => (last === 0 ? "f32" : type));

  const first = sizes.length - 1;
  const units = sizes[first];
  // A tensor in the order of the result is bound by ranges, as the result is; any other one whole.
  const isWalked = (i: number) => strides[i][first] * units === sizeOf(entries[i][1].operand.shape);
  const walked = [result, ...entries.filter((_, i) => isWalked(i)).map(([, { operand }]) => operand)];
  const prelude = [
    `alias T = ${type};`,
    `alias Stored = ${storedType(type, result.dtype)};`,
    ...entries.flatMap(([name, { operand }], i) => [
      `alias ${name.toUpperCase()} = ${types[i]};`,
      `alias Stored${name.toUpperCase()} = ${storedType(types[i], operand.dtype)};`,
    ]),
  ].join("\n");
  const params: Record<string, number> = {};
  for (let k = 0; k < MOST_AXES - 1; k++) params[`size_${k}`] = (sizes[k] ?? 1) / (k === 0 ? lanes : 1);
  entries.forEach(([name], i) => {
    const own = lanesOf(types[i]);
    for (let k = 0; k < MOST_AXES; k++) params[`${name}_${k}`] = (strides[i][k] ?? 0) / (k === 0 ? 1 : own);
  });

  const startsOf = ({ start }: Range) =>
    Object.fromEntries(
      entries.map(([name], i) => [
        `${name}_start`,
        isWalked(i) ? 0 : (start * strides[i][first]) / lanesOf(types[i]),
      ]),
    );

  const ranges = bindingRanges(
    op,
    ctx.caps,
    units,
    walked.map((operand) => bytesPer(operand, units)),
  );
  for (const range of ranges) {
    const elements = (sizeOf(result.shape) / units) * range.count;
    ctx.launch({
      kernel,
      prelude,
      constants: { ...constants, rank: sizes.length },
      params: { ...params, ...startsOf(range) },
      args: [
        sliceRange(result, range, units),
        ...entries.map(([, { operand }], i) => (isWalked(i) ? sliceRange(operand, range, units) : operand)),
      ],
      workgroups: linearWorkgroups(elements / lanes, WORKGROUP_SIZE, ctx.caps),
      flops: flopsPerElement * elements,
    });
  }
}
