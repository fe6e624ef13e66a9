// A worker's program as text: `import program from "./worker/main.js?bundled"`. The text has no path in it, so it runs the
// same from the bundles in dist/, from the sources under vitest, and wherever the package is installed.
import { dirname, relative, resolve } from "node:path";
import { build } from "esbuild";

const suffix = "?bundled";

/** The program that begins at a TypeScript file, as one CommonJS text. Packages stay external. */
async function bundle(file) {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    format: "cjs",
    packages: "external",
    logLevel: "warning",
  });
  return outputFiles[0].text;
}

const sourceOf = (folder, specifier) =>
  resolve(folder, specifier.slice(0, -suffix.length).replace(/\.js$/, ".ts"));

/** For the build. */
export const esbuildBundledText = {
  name: "bundled-text",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\?bundled$/ }, ({ path, resolveDir }) => ({
      // Stands in a comment of the bundle, which must not tell where it was made.
      path: relative(process.cwd(), sourceOf(resolveDir, path)),
      namespace: "bundled-text",
    }));
    onLoad({ filter: /.*/, namespace: "bundled-text" }, async ({ path }) => ({
      contents: await bundle(path),
      loader: "text",
    }));
  },
};

/** For the tests. */
export const vitestBundledText = {
  name: "bundled-text",
  enforce: "pre",
  resolveId(specifier, importer) {
    return specifier.endsWith(suffix) ? sourceOf(dirname(importer), specifier) + suffix : null;
  },
  async load(id) {
    if (!id.endsWith(suffix)) return null;
    return `export default ${JSON.stringify(await bundle(id.slice(0, -suffix.length)))};`;
  },
};
