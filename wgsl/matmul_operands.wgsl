// Matrices as they are: one run, as long as k.
override run_length: u32;
// Elements from one row of the left factor to the next, and from one step to the next.
override a_row_stride: u32;
override a_stride: u32;
override b_column_stride: u32;
override b_stride: u32;

fn runs() -> u32 {
  return 1u;
}

alias Row = i32;

fn row_of(m: u32) -> Row {
  return i32(m * a_row_stride);
}

fn run_of(row: Row, run: u32) -> Run {
  return Run(row, 0u, run_length);
}

fn b_start(n: u32, run: u32) -> u32 {
  return n * b_column_stride;
}
