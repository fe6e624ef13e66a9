import { create, globals } from "webgpu";
import { defineConfig } from "vitest/config";
import base from "./vitest.config.js";

/** Every family of kernels, a small training, an extraction. Files that are about float16 alone are not among them. */
const numeric = [
  "test/kernels/conv/{conv2d,groupedConv2d,depthwiseConv2d}.test.ts",
  "test/kernels/elementwise/{activation,biasAdd,dropout,elementwise,softmax}.test.ts",
  "test/kernels/gemm/matMul.test.ts",
  "test/kernels/image/{imageToFloat,warpAffine}.test.ts",
  "test/kernels/norm/{batchNorm,batchNormTraining}.test.ts",
  "test/kernels/pool/*.test.ts",
  "test/kernels/shape/{pad,reduce,reshape}.test.ts",
  "test/kernels/training/*.test.ts",
  "test/kernels/winograd/winograd.test.ts",
  "test/models/tinyVggTraining.test.ts",
  "test/adapters/secondAdapter.test.ts",
];

/** The main configuration excludes these tests. */
const exclude = ["**/node_modules/**"];

/** What `scripts/test-adapters.sh` runs: the numeric tests once more on a second adapter, and AMD's compiler. */
export default defineConfig(async () => ({
  ...base,
  test: {
    projects: [
      {
        ...base,
        test: {
          ...base.test,
          name: "second",
          exclude,
          include: numeric,
          env: { WGRAFT_LACKS: (await featuresLacking()).join() },
        },
      },
      {
        ...base,
        test: { ...base.test, name: "amd", exclude, include: ["test/adapters/amdPipelines.test.ts"] },
      },
    ],
  },
}));

/** Features that tests may need (test/support/needs.ts) and this adapter has not. */
async function featuresLacking(): Promise<string[]> {
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  return ["shader-f16", "timestamp-query"].filter((name) => !adapter?.features.has(name));
}
