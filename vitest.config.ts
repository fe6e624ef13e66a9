import { readFile } from "node:fs/promises";
import { defineConfig } from "vitest/config";
import { vitestBundledText } from "./scripts/bundledText.mjs";

export default defineConfig({
  plugins: [
    vitestBundledText,
    {
      // The same thing esbuild's text loader does in the build.
      name: "wgsl-as-text",
      enforce: "pre",
      async load(id: string) {
        if (!id.endsWith(".wgsl")) return null;
        return `export default ${JSON.stringify(await readFile(id, "utf8"))};`;
      },
    },
  ],
  test: {
    include: ["test/**/*.test.ts"],
    // Those need drivers that `npm run test:adapters` brings.
    exclude: ["**/node_modules/**", "test/adapters/**"],
    // One process per file: a GPU device belongs to its process, and a lost one must not take other files along.
    pool: "forks",
    maxWorkers: 2,
    // What tests cache is their own matter: those that do say where.
    env: { WGRAFT_CACHE_MIB: "0" },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
