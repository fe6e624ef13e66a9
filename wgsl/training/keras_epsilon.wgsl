// Keras's backend.epsilon(): probabilities are clipped to [EPSILON, 1 - EPSILON], and divisors kept from 0.
const EPSILON = 1e-7f;
