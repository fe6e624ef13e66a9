/** The schedules: what the library exports, and what a file may ask for. */
export { CosineDecay, type CosineDecayOptions } from "./cosineDecay.js";
export type { DecayOptions } from "./decay.js";
export { ExponentialDecay } from "./exponentialDecay.js";
export { InverseTimeDecay } from "./inverseTimeDecay.js";
export { PiecewiseConstantDecay, type PiecewiseConstantDecayOptions } from "./piecewiseConstantDecay.js";
export { PolynomialDecay, type PolynomialDecayOptions } from "./polynomialDecay.js";
