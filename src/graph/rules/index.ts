import { fuseAddRelu } from "./fuseAddRelu.js";
import { fuseActivation } from "./fuseActivation.js";
import { fuseBias } from "./fuseBias.js";
import { fuseMaxPool } from "./fuseMaxPool.js";
import { fuseCropping, fusePadding } from "./fusePadding.js";
import { foldBatchNorm } from "./foldBatchNorm.js";
import type { Rule } from "./rule.js";

/** All rewrite rules. No two match the same node, so their order does not matter. */
export const rules: readonly Rule[] = [
  fusePadding,
  fuseCropping,
  fuseBias,
  foldBatchNorm,
  fuseActivation,
  fuseAddRelu,
  fuseMaxPool,
];
