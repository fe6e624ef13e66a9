import gatherSource from "../../../wgsl/shape/gather_rows.wgsl";
import gradSource from "../../../wgsl/shape/gather_rows_grad.wgsl";
import { sizeOf, type FloatType } from "../../tensor.js";
import { elementKernel } from "../common/elementKernel.js";
import { expectFloat, expectInputs, expectRank, expectShape } from "../common/expect.js";
import { elementPrelude, elementType, lanesOf, storedType, WORKGROUP_SIZE } from "../common/launchUnits.js";
import { bindingRanges, bytesPer, sliceRange } from "../common/ranges.js";
import { defineOp, linearWorkgroups, specOf, type Kernel, type LowerContext, type Operand } from "../op.js";

const gatherKernel = elementKernel("gather_rows", gatherSource, 2, ["width", "first", "rows", "nan"]);
const gradKernel = elementKernel("gather_rows_grad", gradSource, 2, ["width", "first", "count"]);

/** The bits of a float32 that is not a number. */
const nanBits = 0x7fc00000;

export interface GatherRowsAttrs {
  /** Of the result. Default: the table's. */
  readonly dtype?: FloatType;
}

/**
 * Rows of a table [rows, width] by their numbers [...places], as floats whose fraction is cut off: [...places, width]. A number
 * that the table has no row for gives NaN.
 */
export const gatherRows = defineOp<GatherRowsAttrs>({
  name: "gather_rows",
  infer(inputs, { dtype }) {
    expectInputs("gather_rows", inputs, 2);
    const [table, indices] = inputs;
    expectRank("gather_rows", "table", table, 2, ["float32", "float16"]);
    expectFloat("gather_rows", "indices", indices);
    return [specOf([...indices.shape, table.shape[1]], dtype ?? table.dtype)];
  },
  lower(ctx, [table, indices], [y]) {
    const params = { rows: table.shape[0], nan: nanBits };
    launchRowwise(ctx, gatherKernel, y!, { StoredTable: table }, indices, params);
  },
  vjp(g, dy, { inputs: [table, indices] }, _attrs, [needsTable]) {
    if (!needsTable) return [];
    return g.apply(gatherRowsGrad, [dy, indices], { rows: table.shape[0], dtype: table.dtype as FloatType });
  },
});

/** ∂loss/∂table [rows, width] of `gatherRows`, from dy [...places, width] and the numbers. */
export const gatherRowsGrad = defineOp<{ readonly rows: number; readonly dtype: FloatType }>({
  name: "gather_rows_grad",
  infer(inputs, { rows, dtype }) {
    expectInputs("gather_rows_grad", inputs, 2);
    const [dy, indices] = inputs;
    expectFloat("gather_rows_grad", "indices", indices);
    const width = dy.shape.at(-1)!;
    expectShape(
      "gather_rows_grad",
      "dy",
      dy,
      [...indices.shape, width],
      expectFloat("gather_rows_grad", "dy", dy),
    );
    return [specOf([rows, width], dtype)];
  },
  lower(ctx, [dy, indices], [table]) {
    launchRowwise(ctx, gradKernel, table!, { StoredDy: dy }, indices, { count: sizeOf(indices.shape) });
  },
});

/** Launches a kernel over the rows of a result, in parts where it is larger than a binding. */
function launchRowwise(
  ctx: LowerContext,
  kernel: Kernel,
  result: Operand,
  values: Readonly<Record<string, Operand>>,
  indices: Operand,
  params: Readonly<Record<string, number>>,
): void {
  const width = result.shape.at(-1)!;
  const rows = sizeOf(result.shape) / width;
  if (rows === 0) return;
  const type = elementType(width);
  const lanes = lanesOf(type);
  const [[alias, operand]] = Object.entries(values);
  for (const range of bindingRanges(kernel.name, ctx.caps, rows, [bytesPer(result, rows)])) {
    ctx.launch({
      kernel,
      prelude: [
        elementPrelude(type, result.dtype),
        `alias ${alias} = ${storedType(type, operand.dtype)};`,
        `alias StoredIndex = ${storedType("f32", indices.dtype)};`,
      ].join("\n"),
      params: { width: width / lanes, first: range.start, ...params },
      args: [sliceRange(result, range, rows), operand, indices],
      workgroups: linearWorkgroups((range.count * width) / lanes, WORKGROUP_SIZE, ctx.caps),
    });
  }
}
