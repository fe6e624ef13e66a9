import { createRequire } from "node:module";

/** The version of this package. */
export function version(): string {
  const require = createRequire(import.meta.url);
  // By the package's own name, which finds it from the sources as well as from the bundle.
  return (require("wgraft/package.json") as { version: string }).version;
}
