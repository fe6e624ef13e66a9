// After the first level: the rows are what the level before has made.
@group(0) @binding(1) var<storage, read> before: array<Sum>;

fn load(row: u32, column: u32) -> Sum {
  return before[row * params.columns + column];
}
