// Reduces the rows of a matrix to one `Sum` a column: a level of a tree, an invocation for a column of a block of rows. A file
// more says what a `Sum` is: `empty()`, `merge(a, b)`, `load(row, column)`, the sum of one element, and
// `store(part, column, sum)`. Without workgroup memory, since CPU adapters compile barriers slowly. Columns count T.

// The last row stands for those that are not there, since it may be read, and then counts nothing.
fn load_or_empty(row: u32, column: u32) -> Sum {
  let sum = load(min(row, params.rows - 1u), column);
  if (row < params.rows) {
    return sum;
  }
  return empty();
}

fn invocation(i: u32) {
  let part = i / params.columns;
  let column = i % params.columns;
  if (part >= params.parts) {
    return;
  }
  var sum = empty();
  // Four rows at a time: their loads do not wait for one another, and sums stay short.
  for (var row = part * params.block; row < (part + 1u) * params.block; row += 4u) {
    let first = merge(load_or_empty(row, column), load_or_empty(row + 1u, column));
    let second = merge(load_or_empty(row + 2u, column), load_or_empty(row + 3u, column));
    sum = merge(sum, merge(first, second));
  }
  store(params.first_part + part, column, sum);
}
