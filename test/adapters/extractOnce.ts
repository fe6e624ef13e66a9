/** Extracts features of some generated images on whatever adapter there is: `node extractOnce.js IMAGES OUT`. */
import { extractFeaturesToFile } from "../../src/index.js";

const [data, out] = process.argv.slice(2);
// MobileNet has convolutions of every kind but the large ones, which the kernels' own tests have.
const base = { app: "mobilenet", alpha: 0.25, weights: "random", size: 96, seed: 7 } as const;
await extractFeaturesToFile({ data, out, ...base, cache: false });
process.exit(0);
