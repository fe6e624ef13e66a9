/** A .wgsl file imported as text (esbuild's text loader; vitest.config.ts does the same for tests). */
declare module "*.wgsl" {
  const source: string;
  export default source;
}
