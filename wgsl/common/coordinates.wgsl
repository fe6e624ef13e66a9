// Coordinates of the i-th element of a tensor, from the last axis to the first; `rank`, at most five, counts its axes. Strides say
// where an element lies in another tensor: 0 along an axis where that has one element for all.
override rank: u32;

struct Coordinates {
  last_four: vec4u,
  first: u32,
}

fn coordinates(i: u32) -> Coordinates {
  let sizes = vec3u(params.size_0, params.size_1, params.size_2);
  var at = vec4u(i, 0u, 0u, 0u);
  if (rank > 1u) {
    at.y = at.x / sizes.x;
    at.x %= sizes.x;
  }
  if (rank > 2u) {
    at.z = at.y / sizes.y;
    at.y %= sizes.y;
  }
  if (rank > 3u) {
    at.w = at.z / sizes.z;
    at.z %= sizes.z;
  }
  if (rank > 4u) {
    let first = at.w / params.size_3;
    at.w %= params.size_3;
    return Coordinates(at, first);
  }
  return Coordinates(at, 0u);
}

fn offset_of(at: Coordinates, strides: vec4u, first_stride: u32) -> u32 {
  return dot(at.last_four, strides) + at.first * first_stride;
}
