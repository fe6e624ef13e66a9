/** What normalizations with a gamma and a beta have in common. */
import { flag, number } from "../../../options/checks.js";
import { fixed, optional } from "../../../options/fields.js";
import { initializer, type Initializer } from "../../initializers.js";
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
}

export const affineFields = {
  epsilon: optional(number({ min: 0 }), 1e-3),
  center: optional(flag, true),
  scale: optional(flag, true),
  betaInitializer: optional(initializer, "Zeros"),
  gammaInitializer: optional(initializer, "Ones"),
  betaRegularizer: regularizerField,
  gammaRegularizer: regularizerField,
};

export const affineFixed = { beta_constraint: fixed(null), gamma_constraint: fixed(null) };
