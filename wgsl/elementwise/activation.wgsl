// All activations: those that kernels apply to what they store, and the rest.
@group(0) @binding(1) var<storage, read> x: array<Stored>;

fn activation_of(x: T) -> T {
  switch activation {
    case 4u: { return precise_tanh(x); } // tanh
    case 5u: { return exp(x); } // exponential
    case 6u: { return select(alpha * expm1_of_negative(min(x, T(0.0))), x, x > T(0.0)); } // elu
    case 7u: { // selu
      return SELU_SCALE * select(SELU_ALPHA * expm1_of_negative(min(x, T(0.0))), x, x > T(0.0));
    }
    case 8u: { return select(alpha * expm1_of_negative(min(x, T(0.0)) / alpha), x, x > T(0.0)); } // celu
    case 9u: { return select(negative_slope * x, x, x > T(0.0)); } // leaky_relu
    case 11u: { return x / (1.0 + abs(x)); } // softsign
    case 12u: { return clamp(x, T(-1.0), T(1.0)); } // hard_tanh
    case 13u: { return -softplus(-x); } // log_sigmoid
    case 14u: { return clamp(0.5 * (x + 1.0), T(0.0), T(1.0)); } // sparse_sigmoid
    case 15u: { return select(T(0.0), x, abs(x) > T(threshold)); } // hard_shrink
    case 16u: { return sign(x) * max(abs(x) - threshold, T(0.0)); } // soft_shrink
    case 17u: { return softplus(x); } // softplus
    case 20u: { return x * normal_distribution(x); } // gelu
    case 21u: { return 0.5 * x * (1.0 + precise_tanh(GELU_ROOT * (x + 0.044715 * x * x * x))); } // gelu_tanh
    case 22u: { return x * precise_tanh(softplus(x)); } // mish
    case 23u: { return x - precise_tanh(x); } // tanh_shrink
    case 24u: { // squareplus, half of x + √(x² + alpha), without a difference of near numbers
      let root = sqrt(x * x + alpha);
      return 0.5 * select(alpha / (root - x), root + x, x > T(0.0));
    }
    case 25u: { // sparse_plus
      let middle = clamp(x + 1.0, T(0.0), T(2.0));
      return select(0.25 * middle * middle, x, x > T(1.0));
    }
    case 26u: { // general_relu
      var above = select(T(0.0), x, x > T(threshold));
      if (max_value >= 0.0) {
        above = min(max(above, T(0.0)), T(max_value));
      }
      return above - negative_slope * max(threshold - x, T(0.0));
    }
    case 27u: { return select(T(alpha), x, x > T(threshold)); } // threshold
    case 28u: { return clamp(0.2 * x + 0.5, T(0.0), T(1.0)); } // hard_sigmoid_keras2
    default: { return activate(x); }
  }
}

fn element(i: u32) -> T {
  return activation_of(T(x[i]));
}
