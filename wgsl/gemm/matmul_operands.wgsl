// Matrices as they are, or several products side by side. Run: one of the products, which the caller keeps apart as parts
// (or the only one).
fn runs() -> u32 {
  return params.runs;
}

alias Row = u32;

fn row_of(m: u32) -> Row {
  return m * params.a_row_stride;
}

fn run_of(row: Row, run: u32) -> Run {
  return Run(i32(run * params.a_run_stride + row), 0u, params.run_length);
}

fn element_of(row: Row, at: Position) -> Element {
  return Element(row + at.a, true);
}

// Within a product.
const a_linear = true;
const b_linear = true;

fn b_column(n: u32) -> u32 {
  return n * params.b_column_stride;
}

fn b_start(n: u32, run: u32) -> u32 {
  return run * params.b_run_stride + n * params.b_column_stride;
}
