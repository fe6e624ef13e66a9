import { createRequire } from "node:module";

/** The version of a package: of this one, which is found by its own name from the sources as well as from the bundle. */
export function version(name: "wgraft" | "webgpu" = "wgraft"): string {
  const require = createRequire(import.meta.url);
  return (require(`${name}/package.json`) as { version: string }).version;
}
