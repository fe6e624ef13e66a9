/**
 * Subgroup matrices on adapters that have none: the types and builtins of Dawn's extension, written in plain WGSL, so
 * that what a kernel does around them (staging, tails, stores) runs as it stands.
 */
import type { Device } from "../../src/kernels/gpu/device.js";
import type { Kernel, SubgroupMatrix } from "../../src/kernels/op.js";
import type { PipelineSpec } from "../../src/kernels/gpu/pipeline.js";

/**
 * The device, as one that has a product of matrices.
 * @param matrix whose lanes are those of a subgroup, whatever the device's own has; m · n is to be a multiple
 */
export function withSubgroupMatrices(device: Device, matrix: SubgroupMatrix): Device {
  const pipelines = Object.create(device.pipelines, {
    get: { value: (spec: PipelineSpec) => device.pipelines.get(emulate(spec)) },
  }) as Device["pipelines"];
  return Object.create(device, {
    caps: { value: { ...device.caps, subgroupMatrices: [matrix] } },
    pipelines: { value: pipelines },
  }) as Device;
}

const extension = "chromium_experimental_subgroup_matrix";

function emulate(spec: PipelineSpec): PipelineSpec {
  const { kernel } = spec;
  if (!kernel.enables?.includes(extension)) return spec;
  const enables = ["f16"] as const;
  return {
    ...spec,
    kernel: { ...kernel, name: `${kernel.name}_emulated`, enables, source: emulated(kernel) },
  };
}

/** For wgsl/gemm/gemm_subgroup_matrix.wgsl: its names of types, panels, variables and builtin values. */
function emulated({ source }: Kernel): string {
  const text = source
    .replace(/alias \w+ = subgroup_matrix_(left|right|result)<.*>;/g, "")
    .replace(
      /subgroupMatrixLoad<(Left|Right), row_major>\(&([ab])_panel, ([^;]*), (\w+)\);/g,
      "$1($3, $4, 1u);",
    )
    .replace(
      /subgroupMatrixLoad<(Left|Right), col_major>\(&([ab])_panel, ([^;]*), (\w+)\);/g,
      "$1($3, 1u, $4);",
    )
    .replace(
      /sums\[r\]\[c\] = subgroupMatrixMultiplyAccumulate\((.*), sums\[r\]\[c\]\)/,
      "multiply_accumulate($1, r, c)",
    )
    .replace(
      /subgroupMatrixStore<row_major>\(&results, (.*), sums\[r\]\[c\], (.*)\)/,
      "store_results($1, r, c, $2)",
    )
    .replace("var sums: array<array<Sums, column_matrices>, row_matrices>;", "")
    .replace(/ < (depth|[ab]_loads|row_matrices|column_matrices);/g, " < unknown($1);")
    .replace(" @subgroup_size(lanes)", "")
    .replace(/@builtin\((subgroup_id|subgroup_invocation_id)\) \w+: u32,/g, "")
    .replace(
      "  let tile =",
      "  let subgroup = local / lanes;\n  let lane = local % lanes;\n  own_lane = lane;\n  let tile =",
    );
  const left = /.*(subgroup_?matrix_?(left|right|result|load|store|multiply)|subgroup_id|sums\[r).*/i.exec(
    text,
  );
  if (left) throw new Error(`the emulation of subgroup matrices left this in: ${left[0]}`);
  return text + builtins;
}

/**
 * Factors stay in their panel, which nobody writes while they are in use; sums are spread over the lanes of a subgroup,
 * element i in lane i mod lanes. Compilers must not know how long loops are: unrolled, this takes LLVM minutes.
 */
const builtins = `
// Where the matrix begins, and what lies between its rows and its columns.
struct Left { start: u32, row: u32, column: u32 }
struct Right { start: u32, row: u32, column: u32 }
const elements = matrix_m * matrix_n / lanes;
var<private> all_sums: array<f32, row_matrices * column_matrices * elements>;
var<private> own_lane: u32;

fn unknown(length: u32) -> u32 {
  return length + (params.splits >> 31u);
}

fn multiply_accumulate(left: Left, right: Right, r: u32, c: u32) {
  for (var i = 0u; i < unknown(elements); i++) {
    let row = left.start + (i * lanes + own_lane) / matrix_n * left.row;
    let column = right.start + (i * lanes + own_lane) % matrix_n * right.column;
    var sum = 0.0;
    for (var k = 0u; k < unknown(matrix_k); k++) {
      sum += f32(a_panel[row + k * left.column]) * f32(b_panel[column + k * right.row]);
    }
    all_sums[(r * column_matrices + c) * elements + i] += sum;
  }
}

fn store_results(offset: u32, r: u32, c: u32, stride: u32) {
  for (var i = 0u; i < unknown(elements); i++) {
    let element = i * lanes + own_lane;
    let at = offset + element / matrix_n * stride + element % matrix_n;
    results[at] = all_sums[(r * column_matrices + c) * elements + i];
  }
}
`;
