// The gradient of an activation: dy times the derivative, which is a function of the activation's output or of its input. The
// table in src/kernels/elementwise/activation.ts says of which; the cases are those of wgsl/elementwise/activation.wgsl.
@group(0) @binding(1) var<storage, read> dy: array<Stored>;
@group(0) @binding(2) var<storage, read> at: array<Stored>;

const ONE = T(1.0);
const ZERO = T(0.0);

fn of_output(y: T) -> T {
  switch activation {
    case 1u: { return select(ZERO, ONE, y > ZERO); } // relu
    case 2u: { return select(ZERO, ONE, (y > ZERO) & (y < T(6.0))); } // relu6
    case 3u: { return y * (1.0 - y); } // sigmoid
    case 4u: { return 1.0 - y * y; } // tanh
    case 5u: { return y; } // exponential
    case 7u: { return select(y + SELU_SCALE * SELU_ALPHA, T(SELU_SCALE), y > ZERO); } // selu
    case 10u: { return select(ZERO, T(1.0 / 6.0), (y > ZERO) & (y < ONE)); } // hard_sigmoid
    case 11u: { return (1.0 - abs(y)) * (1.0 - abs(y)); } // softsign
    case 12u: { return select(ZERO, ONE, abs(y) < ONE); } // hard_tanh
    case 13u: { return -expm1_of_negative(y); } // log_sigmoid
    case 14u: { return select(ZERO, T(0.5), (y > ZERO) & (y < ONE)); } // sparse_sigmoid
    case 28u: { return select(ZERO, T(0.2), (y > ZERO) & (y < ONE)); } // hard_sigmoid_keras2
    default: { return ONE; }
  }
}

fn of_input(x: T) -> T {
  switch activation {
    case 6u: { return select(alpha * exp(min(x, ZERO)), ONE, x > ZERO); } // elu
    case 8u: { return select(exp(min(x, ZERO) / alpha), ONE, x > ZERO); } // celu
    case 9u: { return select(T(negative_slope), ONE, x > ZERO); } // leaky_relu
    case 15u, 16u: { return select(ZERO, ONE, abs(x) > T(threshold)); } // hard_shrink, soft_shrink
    case 17u: { return sigmoid(x); } // softplus
    case 18u: { // silu
      let s = sigmoid(x);
      return s * (1.0 + x * (1.0 - s));
    }
    case 19u: { // hard_silu, at its corners as Keras on torch
      return select(select(x / 3.0 + 0.5, ONE, x >= T(3.0)), ZERO, x < T(-3.0));
    }
    case 20u: { // gelu, with the density of the normal distribution
      return normal_distribution(x) + x * 0.3989422804014327 * exp(-0.5 * x * x);
    }
    case 21u: { // gelu_tanh
      let t = precise_tanh(GELU_ROOT * (x + 0.044715 * x * x * x));
      return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * GELU_ROOT * (1.0 + 3.0 * 0.044715 * x * x);
    }
    case 22u: { // mish
      let t = precise_tanh(softplus(x));
      return t + x * sigmoid(x) * (1.0 - t * t);
    }
    case 23u: { // tanh_shrink
      let t = precise_tanh(x);
      return t * t;
    }
    case 24u: { return 0.5 + 0.5 * x / sqrt(x * x + alpha); } // squareplus
    case 25u: { return clamp(0.5 * (x + 1.0), ZERO, ONE); } // sparse_plus
    case 26u: { // general_relu
      var above = select(ZERO, ONE, x > T(threshold));
      if (max_value >= 0.0) {
        above = select(ZERO, above, (x >= ZERO) & (x <= T(max_value)));
      }
      return above + select(ZERO, T(negative_slope), x < T(threshold));
    }
    case 27u: { return select(ZERO, ONE, x > T(threshold)); } // threshold
    default: { return ONE; }
  }
}

override from_input: bool;

fn element(i: u32) -> T {
  let value = T(at[i]);
  if (from_input) {
    return T(dy[i]) * of_input(value);
  }
  return T(dy[i]) * of_output(value);
}
