// What sparsemax asks of each element of a row, as Keras 3 does: its place in descending order, and whether it is among those that the
// threshold τ is made of. Equal elements stand in their own order.
override width: u32;

@group(0) @binding(1) var<storage, read> x: array<Stored>;

struct Ranked {
  // From 1 on.
  rank: f32,
  // Of the elements up to this one.
  sum: f32,
  supports: bool,
}

fn ranked(first: u32, i: u32) -> Ranked {
  let own = T(x[first + i]);
  var rank = 1.0;
  var sum = own;
  for (var j = 0u; j < width; j++) {
    let other = T(x[first + j]);
    if (other > own || (other == own && j < i)) {
      rank += 1.0;
      sum += other;
    }
  }
  return Ranked(rank, sum, own - (sum - 1.0) / rank > 0.0);
}
