// Bundles the library, the command line, the demo, the tutorial and the benchmark.
import { readdirSync } from "node:fs";
import { build } from "esbuild";
import { bundling } from "./bundling.mjs";

const tutorial = readdirSync("examples/tutorial").map((file) => [
  `tutorial/${file.replace(/\.ts$/, "")}`,
  `examples/tutorial/${file}`,
]);

await build({
  ...bundling,
  entryPoints: {
    index: "src/index.ts",
    cli: "src/cli/main.ts",
    demo: "examples/demo.ts",
    bench: "bench/main.ts",
    ...Object.fromEntries(tutorial),
  },
  outdir: "dist",
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  sourcemap: true,
});
