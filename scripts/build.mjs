// Bundles the library, the command line, the demo and the benchmark. Dependencies stay external; WGSL becomes text.
import { build } from "esbuild";

await build({
  entryPoints: {
    index: "src/index.ts",
    cli: "src/cli/main.ts",
    demo: "examples/demo.ts",
    bench: "bench/main.ts",
  },
  outdir: "dist",
  bundle: true,
  splitting: true,
  platform: "node",
  target: "node20",
  format: "esm",
  packages: "external",
  loader: { ".wgsl": "text" },
  chunkNames: "chunks/[name]-[hash]",
  sourcemap: true,
  logLevel: "warning",
});
