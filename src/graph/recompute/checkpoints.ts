/** Which activations to keep: candidates for a planner to choose from. */
import type { Node } from "../graph.js";
import type { KeptNode } from "./recompute.js";

/** Candidates of each kind. A plan is made for every one, so that a deep network does not take for ever. */
const perKind = 24;

/** Shares of all kept bytes that are not worth a second run: losses, metrics. */
const negligible = 1e-3;

/** Those of the kept nodes whose bytes matter. */
export function worthDropping(kept: readonly KeptNode[]): KeptNode[] {
  const total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  return kept.filter(({ bytes }) => bytes > negligible * total);
}

/**
 * Sets of nodes whose activations are dropped, in no order. Three kinds, since no one is best for all networks:
 *
 * - by segments, as Chen et al. (2016), algorithm 3: a checkpoint wherever the bytes dropped since the last one pass a
 *   threshold. The best for a chain of equals, where √n segments take 2√n of its n activations;
 * - the largest first: the best for a pyramid like VGG, whose first layers outweigh the rest;
 * - the first ones: they are recomputed at the very end, when the rest have been freed.
 */
export function candidateDrops(kept: readonly KeptNode[]): ReadonlySet<Node>[] {
  const total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  const largest = [...kept].sort((a, b) => b.bytes - a.bytes);
  const drops = [
    ...sample(kept.map((_, i) => (total * (i + 1)) / kept.length)).map((limit) => bySegments(kept, limit)),
    ...sample(kept.map((_, i) => i + 1)).flatMap((n) => [largest.slice(0, n), kept.slice(0, n)]),
  ].filter((nodes) => nodes.length > 0);
  const distinct = new Map(drops.map((dropped) => [keyOf(dropped), dropped]));
  return [...distinct.values()].map((dropped) => new Set(dropped.map(({ node }) => node)));
}

function bySegments(kept: readonly KeptNode[], limit: number): KeptNode[] {
  let since = 0;
  return kept.filter(({ bytes }) => {
    since += bytes;
    if (since <= limit) return true;
    since = 0;
    return false;
  });
}

function keyOf(dropped: readonly KeptNode[]): string {
  const ids = dropped.map(({ node }) => node.id);
  return ids.sort((a, b) => a - b).join();
}

/** At most `perKind` of the items, evenly spread, the last one among them. */
function sample<T>(items: readonly T[]): T[] {
  const count = Math.min(perKind, items.length);
  return Array.from({ length: count }, (_, i) => items[Math.ceil(((i + 1) * items.length) / count) - 1]);
}
