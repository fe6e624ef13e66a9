import { it } from "vitest";

const lacking = new Set((process.env.WGRAFT_LACKS ?? "").split(","));

/**
 * `it` for a test that needs a feature of the adapter. On a second adapter without it, the test counts as skipped: not
 * applicable (scripts/test-adapters.sh). On the first adapter every test runs, and fails where the feature is missing.
 */
export function itNeeds(feature: "shader-f16" | "timestamp-query"): typeof it {
  return (lacking.has(feature) ? it.skip : it) as typeof it;
}
