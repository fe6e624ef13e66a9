// Activation of an element or of four: `T` is f32 or vec4f. The codes are `activationCodes` of src/kernels/elementwise/activation.ts.
override activation: u32 = 0u;

fn activate(x: T) -> T {
  switch activation {
    case 1u: { return max(x, T(0.0)); }
    case 2u: { return clamp(x, T(0.0), T(6.0)); }
    case 3u: { return sigmoid(x); }
    default: { return x; }
  }
}
