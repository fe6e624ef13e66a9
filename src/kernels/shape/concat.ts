import concatSource from "../../../wgsl/shape/concat.wgsl";
import { shapeError } from "../../errors.js";
import { formatShape, formatSpec, sameShape, sizeOf } from "../../tensor.js";
import { invocationKernel } from "../common/elementKernel.js";
import { expectFloat } from "../common/expect.js";
import { elementType, lanesOf, storedType, WORKGROUP_SIZE } from "../common/launchUnits.js";
import { bindingRanges, bytesPer, sliceRange } from "../common/ranges.js";
import { defineOp, linearWorkgroups, specOf } from "../op.js";
import { slice } from "./slice.js";

const concatKernel = invocationKernel(
  "concat",
  concatSource,
  ["read_write", "read"],
  ["rows", "width", "result_width", "offset"],
);

/** The inputs, one or more of one type, one after the other along `axis`, counted from 0; on all other axes they agree. */
export const concat = defineOp<{ readonly axis: number }>({
  name: "concat",
  infer(inputs, { axis }) {
    const [first] = inputs;
    if (!first) throw shapeError("concat", "at least one input", "none");
    const dtype = expectFloat("concat", "input 0", first);
    if (!Number.isInteger(axis) || axis < 0 || axis >= first.shape.length) {
      throw shapeError("concat", `an axis of ${formatShape(first.shape)}`, `${axis}`);
    }
    inputs.forEach((input, i) => {
      const others = input.shape.map((size, k) => (k === axis ? first.shape[axis] : size));
      if (!sameShape(others, first.shape) || input.dtype !== dtype) {
        throw shapeError(
          "concat",
          `input ${i} as ${formatSpec(first)}, but for axis ${axis}`,
          formatSpec(input),
        );
      }
    });
    const size = inputs.reduce((sum, { shape }) => sum + shape[axis], 0);
    return [
      specOf(
        first.shape.map((d, k) => (k === axis ? size : d)),
        dtype,
      ),
    ];
  },
  lower(ctx, inputs, outputs, { axis }) {
    const result = outputs[0]!;
    const rows = sizeOf(result.shape.slice(0, axis));
    const inner = sizeOf(result.shape.slice(axis + 1));
    const resultWidth = result.shape[axis] * inner;
    let offset = 0;
    for (const x of inputs) {
      const width = x.shape[axis] * inner;
      const type = elementType(width, resultWidth, offset);
      const lanes = lanesOf(type);
      for (const range of bindingRanges("concat", ctx.caps, rows, [
        bytesPer(result, rows),
        bytesPer(x, rows),
      ])) {
        ctx.launch({
          kernel: concatKernel,
          prelude: `alias Stored = ${storedType(type, x.dtype)};`,
          params: {
            rows: range.count,
            width: width / lanes,
            result_width: resultWidth / lanes,
            offset: offset / lanes,
          },
          args: [sliceRange(result, range, rows), sliceRange(x, range, rows)],
          workgroups: linearWorkgroups((range.count * width) / lanes, WORKGROUP_SIZE, ctx.caps),
        });
      }
      offset += width;
    }
  },
  vjp(g, dy, { inputs }, { axis }) {
    let start = 0;
    return inputs.map(({ shape }) => {
      const place = { axis, start, size: shape[axis] };
      start += shape[axis];
      return () => g.apply(slice, [dy], place)[0];
    });
  },
});
