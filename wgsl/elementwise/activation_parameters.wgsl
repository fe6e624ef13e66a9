// Parameters and constants of activations and of their gradients. Each parameter belongs to a few activations.
override alpha: f32 = 1.0;
override negative_slope: f32 = 0.0;
override max_value: f32 = -1.0; // below 0: none
override threshold: f32 = 0.0;

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;
const GELU_ROOT = 0.7978845608028654; // √(2/π)
