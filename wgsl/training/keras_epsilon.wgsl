// Keras's backend.epsilon(): probabilities are clipped to [EPSILON, 1 - EPSILON].
const EPSILON = 1e-7f;
