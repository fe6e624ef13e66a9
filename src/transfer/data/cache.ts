/** The caches of this machine's user. */
import { isMeasured } from "../../kernels/gpu/tuning.js";
import { featureCache, type FeatureCache } from "../../io/cache/featureCache.js";
import { tuningCache } from "../../io/cache/tuningCache.js";
import type { CacheOptions, TransferOptions } from "../options.js";

/** The feature cache; undefined where none is wanted, by the option or because it may not take a byte. */
export function openFeatureCache({
  cache,
  onNote,
}: CacheOptions & Pick<TransferOptions, "onNote">): FeatureCache | undefined {
  if (cache === false) return undefined;
  const opened = featureCache({ onNote });
  return opened.maxBytes > 0 ? opened : undefined;
}

export interface CacheUsage {
  readonly features: {
    readonly path: string;
    /** Images whose features are cached, one for each way of computing them. */
    readonly entries: number;
    readonly bytes: number;
    /** Bytes that it may take. */
    readonly bound: number;
  };
  readonly tuning: {
    readonly path: string;
    /** Kernels that were chosen. */
    readonly entries: number;
    readonly bytes: number;
  };
}

/** Where the caches are, and how large. */
export async function cacheUsage(): Promise<CacheUsage> {
  const [features, tuning] = [featureCache(), tuningCache()];
  const [{ files, bytes }, tuned] = [await features.usage(), await tuning.usage(isMeasured)];
  return {
    features: { path: features.path, entries: files, bytes, bound: features.maxBytes },
    tuning: { path: tuning.path, entries: tuned.choices, bytes: tuned.bytes },
  };
}

/** Empties both caches. @throws WgraftError `io` where a file cannot be removed */
export async function clearCaches(): Promise<void> {
  await featureCache().clear();
  await tuningCache().clear();
}
