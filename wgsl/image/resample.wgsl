// How an axis is resampled, pixel centres at half coordinates: each place of the result is a mean of places of the source, weighted
// by a curve around its own position. What reaches beyond the source counts nothing; for a triangle that is the same as to repeat
// the edge.
override nearest: bool;
// How far the curve reaches on either side: 1 is a triangle, 2 Keys's cubic with a = -½, 3 and 5 are Lanczos's.
override radius: f32;
// Widen the curve where the source is larger than the result, so that every place of the source counts.
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

// How many places of the source the curve's 1 is.
fn stretch_of(axis: Axis) -> f32 {
  return select(1.0, max(scale_of(axis), 1.0), antialias);
}

fn support_of(axis: Axis) -> f32 {
  return max(radius, 1.0) * stretch_of(axis);
}

// sin(πx): WGSL's own sin may be off by 2⁻¹¹.
fn sin_pi(x: f32) -> f32 {
  let half_turns = round(x);
  let r = 3.14159265358979 * (x - half_turns);
  let q = r * r;
  let y = r * (1.0 - q * (1.0 / 6.0 - q * (1.0 / 120.0 - q * (1.0 / 5040.0 - q / 362880.0))));
  return select(-y, y, i32(half_turns) % 2 == 0);
}

fn curve(x: f32) -> f32 {
  if (radius == 1.0) {
    return max(0.0, 1.0 - x);
  }
  if (x >= radius) {
    return 0.0;
  }
  if (radius == 2.0) {
    let inner = (1.5 * x - 2.5) * x * x + 1.0;
    let outer = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0;
    return select(outer, inner, x < 1.0);
  }
  let angle = 3.14159265358979 * x;
  // The limit, where the quotient is of two small numbers.
  return select(radius * sin_pi(x) * sin_pi(x / radius) / (angle * angle), 1.0, x < 1e-3);
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
  // (i + ½) n / m - ½ - k, in whole numbers up to the division.
  let distance = abs(f32(i32((2u * i + 1u) * axis.n) - i32((2u * k + 1u) * axis.m)) / f32(2u * axis.m));
  return curve(distance / stretch_of(axis));
}

fn total_weight(axis: Axis, i: u32) -> f32 {
  let places = sources_of(axis, i);
  var sum = 0.0;
  for (var k = places.first; k < places.end; k++) {
    sum += weight_of(axis, i, k);
  }
  return sum;
}
