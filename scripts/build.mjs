// Bundles the library, the command line, the demo, the tutorial, the guides and the benchmark.
import { readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";
import { bundling } from "./bundling.mjs";

const pages = ["tutorial", "guides"].flatMap((folder) =>
  readdirSync(`examples/${folder}`).map((file) => [
    `${folder}/${file.replace(/\.ts$/, "")}`,
    `examples/${folder}/${file}`,
  ]),
);

const { metafile } = await build({
  ...bundling,
  metafile: true,
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

// Names of chunks change with what they contain; those of earlier builds would be packed with the rest.
for (const file of readdirSync("dist/chunks"))
  if (!(`dist/chunks/${file.replace(/\.map$/, "")}` in metafile.outputs)) rmSync(`dist/chunks/${file}`);
