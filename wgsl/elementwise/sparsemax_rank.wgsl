// For sparsemax: the rank of an element in its row, in descending order (equal elements keep their order), the sum of the
// elements up to that rank, and whether it supports the threshold τ: x - (sum - 1) / rank > 0.
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
