// How an axis is resampled, pixel centres at half coordinates: each place of the result is a mean of places of the source, weighted
// by a triangle around its own position. What reaches beyond the source counts nothing, which is the same as to repeat the edge.
override nearest: bool;
// Widen the triangle where the source is larger than the result, so that every place of the source counts.
override antialias: bool;

// The axis of a source of n places and a result of m.
struct Axis {
  n: u32,
  m: u32,
}

struct Places {
  first: u32,
  end: u32,
}

fn scale_of(axis: Axis) -> f32 {
  return f32(axis.n) / f32(axis.m);
}

fn support_of(axis: Axis) -> f32 {
  return select(1.0, max(scale_of(axis), 1.0), antialias);
}

// The places from low to high, both included, that there are of `count`.
fn places_between(low: f32, high: f32, count: u32) -> Places {
  return Places(u32(max(ceil(low), 0.0)), min(u32(max(floor(high) + 1.0, 0.0)), count));
}

// Places of the source that place i of the result may be made of.
fn sources_of(axis: Axis, i: u32) -> Places {
  if (nearest) {
    // In whole numbers, so that no rounding moves it: ⌊(i + ½) n / m⌋.
    let source = min((2u * i + 1u) * axis.n / (2u * axis.m), axis.n - 1u);
    return Places(source, source + 1u);
  }
  let center = (f32(i) + 0.5) * scale_of(axis) - 0.5;
  let support = support_of(axis);
  return places_between(center - support, center + support, axis.n);
}

// Places of the result that may be made of place k of the source, or one more on either side.
fn results_of(axis: Axis, k: u32) -> Places {
  let center = (f32(k) + 0.5) / scale_of(axis) - 0.5;
  let reach = support_of(axis) / scale_of(axis) + 1.0;
  return places_between(center - reach, center + reach, axis.m);
}

// The weight of place k of the source in place i of the result, before they are made to sum to 1.
fn weight_of(axis: Axis, i: u32, k: u32) -> f32 {
  if (nearest) {
    return select(0.0, 1.0, sources_of(axis, i).first == k);
  }
  let distance = abs((f32(i) + 0.5) * scale_of(axis) - 0.5 - f32(k));
  return max(0.0, 1.0 - distance / support_of(axis));
}

fn total_weight(axis: Axis, i: u32) -> f32 {
  let places = sources_of(axis, i);
  var sum = 0.0;
  for (var k = places.first; k < places.end; k++) {
    sum += weight_of(axis, i, k);
  }
  return sum;
}
