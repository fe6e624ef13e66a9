import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** Where this library caches: `wgraft` in `$XDG_CACHE_HOME` or `~/.cache`. A relative `$XDG_CACHE_HOME` is none, as its specification says. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME: cache } = process.env;
  return join(cache && isAbsolute(cache) ? cache : join(homedir(), ".cache"), "wgraft");
}
