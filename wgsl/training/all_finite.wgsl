// all_finite becomes 0 where an element of x is an infinity or a NaN, which have all bits of the exponent set. Elements are
// bound as bits, because a WGSL compiler may assume of floats that they are finite.
const EXPONENT = U(0x7f800000u);

@group(0) @binding(0) var<storage, read> x: array<U>;
// A float; atomic, since many invocations may write the same.
@group(0) @binding(1) var<storage, read_write> all_finite: atomic<u32>;

fn invocation(i: u32) {
  if (i < arrayLength(&x) && any((x[i] & EXPONENT) == EXPONENT)) {
    atomicStore(&all_finite, bitcast<u32>(0.0));
  }
}
