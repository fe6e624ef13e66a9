/** The one place that loads sharp. */
import type Sharp from "sharp";

let loading: Promise<typeof Sharp> | undefined;

/** Loaded with the first image: it takes a tenth of a second, in which the GPU may have begun already. */
export function loadSharp(): Promise<typeof Sharp> {
  loading ??= import("sharp").then(({ default: sharp }) => {
    // Each image is small and many are decoded at once on libuv's threads: libvips' own threads and caches only get in
    // the way (measured on 2 cores: 362 images a second with the cache, 491 to 560 without).
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  });
  return loading;
}
