/** What normalizations with a gamma and a beta have in common. */
import { flag, number } from "../../../options/checks.js";
import { optional } from "../../../options/fields.js";
import { initializer, type Initializer } from "../../initializers.js";
import { constraintField, type Constraint } from "../../constraints.js";
import { regularizerField, type Regularizer } from "../../regularizers.js";

export interface AffineOptions {
  /** Added to the variance. Default 1e-3. */
  epsilon?: number;
  /** Whether beta is added. Default true. */
  center?: boolean;
  /** Whether to multiply by gamma. Default true. */
  scale?: boolean;
  /** Default "Zeros". */
  betaInitializer?: Initializer;
  /** Default "Ones". */
  gammaInitializer?: Initializer;
  /** Default: none. */
  betaRegularizer?: Regularizer | null;
  /** Default: none. */
  gammaRegularizer?: Regularizer | null;
  /** Default: none. */
  betaConstraint?: Constraint | null;
  /** Default: none. */
  gammaConstraint?: Constraint | null;
}

export const affineFields = {
  epsilon: optional(number({ min: 0 }), 1e-3),
  center: optional(flag, true),
  scale: optional(flag, true),
  betaInitializer: optional(initializer, "Zeros"),
  gammaInitializer: optional(initializer, "Ones"),
  betaRegularizer: regularizerField,
  gammaRegularizer: regularizerField,
  betaConstraint: constraintField,
  gammaConstraint: constraintField,
};
