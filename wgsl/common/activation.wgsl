// The activations that kernels apply to what they store, of an element or of four: `T` is f32 or vec4f. Few, since each costs every
// such kernel some time to compile; the rest are in wgsl/elementwise/activation.wgsl. The cases are those of the table in
// src/kernels/elementwise/activation.ts.
override activation: u32 = 0u;

fn hard_sigmoid(x: T) -> T {
  return clamp(x / 6.0 + 0.5, T(0.0), T(1.0));
}

fn activate(x: T) -> T {
  switch activation {
    case 1u: { return max(x, T(0.0)); } // relu
    case 2u: { return clamp(x, T(0.0), T(6.0)); } // relu6
    case 3u: { return sigmoid(x); } // sigmoid
    case 10u: { return hard_sigmoid(x); } // hard_sigmoid
    case 18u: { return x * sigmoid(x); } // silu
    case 19u: { return x * hard_sigmoid(x); } // hard_silu
    default: { return x; }
  }
}
