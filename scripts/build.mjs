// Bundles the library, the command line, the demo, the tutorial and the benchmark. Dependencies stay external; WGSL
// becomes text.
import { readdirSync } from "node:fs";
import { build } from "esbuild";
import { esbuildBundledText } from "./bundledText.mjs";

const tutorial = readdirSync("examples/tutorial").map((file) => [
  `tutorial/${file.replace(/\.ts$/, "")}`,
  `examples/tutorial/${file}`,
]);

await build({
  entryPoints: {
    index: "src/index.ts",
    cli: "src/cli/main.ts",
    demo: "examples/demo.ts",
    bench: "bench/main.ts",
    ...Object.fromEntries(tutorial),
  },
  outdir: "dist",
  bundle: true,
  splitting: true,
  platform: "node",
  target: "node20",
  format: "esm",
  packages: "external",
  loader: { ".wgsl": "text" },
  plugins: [esbuildBundledText],
  chunkNames: "chunks/[name]-[hash]",
  sourcemap: true,
  logLevel: "warning",
});
