import { create, globals } from "webgpu";
import { defineConfig } from "vitest/config";
import base from "./vitest.config.js";

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
          include: [
            "test/kernels/**/*.test.ts",
            "test/models/tinyVggTraining.test.ts",
            "test/adapters/secondAdapter.test.ts",
          ],
          env: { WGRAFT_LACKS: (await featuresLacking()).join() },
        },
      },
      { ...base, test: { ...base.test, name: "amd", include: ["test/adapters/amdPipelines.test.ts"] } },
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
