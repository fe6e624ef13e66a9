export const activations = {
  linear: (x: number) => x,
  relu: (x: number) => Math.max(x, 0),
  relu6: (x: number) => Math.min(Math.max(x, 0), 6),
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
};

/** Derivatives from the output y. */
export const activationDerivatives = {
  linear: () => 1,
  relu: (y: number) => (y > 0 ? 1 : 0),
  relu6: (y: number) => (y > 0 && y < 6 ? 1 : 0),
  sigmoid: (y: number) => y * (1 - y),
};
