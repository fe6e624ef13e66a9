// Copies rows of one input into a window of the rows of the result. Rows, windows and their offset count Stored.
@group(0) @binding(0) var<storage, read_write> result: array<Stored>;
@group(0) @binding(1) var<storage, read> x: array<Stored>;

fn invocation(i: u32) {
  if (i < params.rows * params.width) {
    result[i / params.width * params.result_width + params.offset + i % params.width] = x[i];
  }
}
