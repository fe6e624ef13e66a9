/** How everything is bundled by esbuild: dependencies stay external; WGSL becomes text, and so does the program of a worker. */
import { esbuildBundledText } from "./bundledText.mjs";

export const bundling = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  packages: "external",
  loader: { ".wgsl": "text" },
  plugins: [esbuildBundledText],
  logLevel: "warning",
};
