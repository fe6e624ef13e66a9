// How the kernels with panels in workgroup memory load both operands. Every invocation brings some of A's and some of B's
// panel, all of one operand at the same step, without a branch: what lies outside is loaded from somewhere else, and made
// zero when the panel is staged, so that nothing waits for a load while the present panels are multiplied.
// The kernel defines depth (the steps of a panel), invocations, tile_rows and tile_columns, powers of two.
// Prelude: whole_panels (whether every part of k is); a_contiguous_in_k, b_contiguous_in_k (which of an operand's axes is
// contiguous in memory: a vec4f lies along it).
//
// Where in k a panel is advances by additions with carries: k is written in three digits, a step of a run and the run's two,
// each in units of what it means to the operand. params, all made on the host (src/kernels/gemm/gemmWalk.ts):
//   step_unit, inner_unit, outer_unit: what a digit counts by; inner_runs: runs until the second digit is full
//   step_end, inner_end: where a digit is full, in those units
//   step_advance, inner_advance, outer_advance: the digits of `depth`, in those units
//   a_inner_stride, a_outer_stride, b_…: elements from one run to the next, by either digit
//   a_advance, a_step_carry, a_inner_carry, b_…: what the advance, and each carry, add to an address (modulo 2³²)
// The operands file says of both, besides what gemm.wgsl names:
//   fn element_of(row: Row, at: Position) -> Element
//   fn b_column(n: u32) -> u32                       where column n begins in a run
//   a_linear, b_linear: whether carries add nothing to the operand's address
fn position_of(k: u32) -> Position {
  let run = k / params.run_length;
  let step = k % params.run_length;
  let inner = run % params.inner_runs;
  let outer = run / params.inner_runs;
  return Position(
    step * params.step_unit,
    inner * params.inner_unit,
    outer * params.outer_unit,
    step * params.a_stride + inner * params.a_inner_stride + outer * params.a_outer_stride,
    (step * params.b_stride + inner * params.b_inner_stride + outer * params.b_outer_stride) / b_width,
  );
}

// The same place of the next panel, if there is one; else of this one, so that every load is of an element that exists.
fn advanced(at: Position, has_next: bool) -> Position {
  let step = at.step + select(0u, params.step_advance, has_next);
  let carries_step = step >= params.step_end;
  let inner = at.inner + select(0u, params.inner_advance, has_next) + select(0u, params.inner_unit, carries_step);
  let carries_inner = inner >= params.inner_end;
  var next = Position(
    step - select(0u, params.step_end, carries_step),
    inner - select(0u, params.inner_end, carries_inner),
    at.outer + select(0u, params.outer_advance, has_next) + select(0u, params.outer_unit, carries_inner),
    at.a + select(0u, params.a_advance, has_next),
    at.b + select(0u, params.b_advance, has_next),
  );
  if (!a_linear) {
    next.a += select(0u, params.a_step_carry, carries_step) + select(0u, params.a_inner_carry, carries_inner);
  }
  if (!b_linear) {
    next.b += select(0u, params.b_step_carry, carries_step) + select(0u, params.b_inner_carry, carries_inner);
  }
  return next;
}

const a_loads = tile_rows * depth / a_width / invocations;
const b_loads = tile_columns * depth / b_width / invocations;

// The first row or column, and the step, that an invocation loads. Neighbouring invocations load neighbouring elements.
fn place_of(local: u32, width: u32, contiguous_in_k: bool) -> vec2u {
  if (contiguous_in_k) {
    return vec2u(local / (depth / width), local % (depth / width) * width);
  }
  return vec2u(local % (invocations / depth) * width, local / (invocations / depth));
}

// Rows or columns from one load of an invocation to the next.
const a_load_stride = select(invocations / depth * a_width, invocations * a_width / depth, a_contiguous_in_k);
const b_load_stride = select(invocations / depth * b_width, invocations * b_width / depth, b_contiguous_in_k);

// Both operands load the same steps.
const same_steps = a_contiguous_in_k == b_contiguous_in_k && (a_width == b_width || !a_contiguous_in_k);

// Rows and columns beyond the matrix are its last ones again, whose sums are not stored. Where a load brings four, the last
// one begins at a multiple of four.
fn last_row() -> u32 {
  return select((params.rows - 1u) / a_width * a_width, params.rows - 1u, a_contiguous_in_k);
}

fn last_column() -> u32 {
  return select((params.columns - 1u) / b_width * b_width, params.columns - 1u, b_contiguous_in_k);
}

struct Loads {
  a: array<StoredA, a_loads>,
  a_inside: array<bool, a_loads>,
  b: array<StoredB, b_loads>,
  b_inside: bool,
}

// What an invocation brings of panels of which `count` steps are left, from a position and a step of the panel for each
// operand. Beyond that it brings zeros, of both operands, since 0 · ∞ is none.
fn loads_at(
  rows: ptr<function, array<Row, a_loads>>,
  columns: ptr<function, array<u32, b_loads>>,
  a_at: Position,
  a_step: u32,
  b_at: Position,
  b_step: u32,
  count: u32,
) -> Loads {
  var loads: Loads;
  for (var i = 0u; i < a_loads; i++) {
    let element = element_of((*rows)[i], a_at);
    let inside = element.is_inside && (whole_panels || a_step < count);
    loads.a[i] = a[select(0u, element.index, inside) / a_width];
    loads.a_inside[i] = inside;
  }
  loads.b_inside = whole_panels || b_step < count;
  for (var i = 0u; i < b_loads; i++) {
    loads.b[i] = b[select(0u, (*columns)[i] + b_at.b, loads.b_inside)];
  }
  return loads;
}
