// Bundles the library, the command line, the demo, the tutorial, the guides and the benchmark.
import { readdirSync } from "node:fs";
import { build } from "esbuild";
import { bundling } from "./bundling.mjs";

const pages = ["tutorial", "guides"].flatMap((folder) =>
  readdirSync(`examples/${folder}`).map((file) => [
    `${folder}/${file.replace(/\.ts$/, "")}`,
    `examples/${folder}/${file}`,
  ]),
);

await build({
  ...bundling,
  entryPoints: {
    index: "src/index.ts",
    cli: "src/cli/main.ts",
    demo: "examples/demo.ts",
    bench: "bench/main.ts",
    ...Object.fromEntries(pages),
  },
  outdir: "dist",
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  sourcemap: true,
});
