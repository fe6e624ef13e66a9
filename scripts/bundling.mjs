/** How everything is bundled by esbuild: dependencies stay external; WGSL becomes text. */
export const bundling = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  packages: "external",
  loader: { ".wgsl": "text" },
  logLevel: "warning",
};
