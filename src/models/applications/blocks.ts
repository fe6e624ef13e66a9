import type { LayerBlock } from "./common/description.js";
import { applications } from "./list.js";

interface Named {
  readonly name: string;
}

/** A block of an application with its layers. */
export interface BlockLayers<L> {
  readonly name: string;
  readonly layers: readonly L[];
}

/**
 * The blocks of a network that contains an application from its input up, but may be cut: its last block then has the layers
 * that are left of it.
 * @param layers of the network, from its input up
 * @returns none where it contains no application
 */
export function blocksOf<L extends Named>(layers: readonly L[]): readonly BlockLayers<L>[] {
  const found = Object.values(applications).map(({ blocks }) => within(blocks, layers));
  return found.reduce((best, one) => (one.whole > best.whole ? one : best)).blocks;
}

/** The layers of one of these blocks ("block5"); none where there is no such block. */
export function layersOfBlock<L extends Named>(name: string, layers: readonly L[]): readonly L[] {
  return blocksOf(layers).find((block) => block.name === name)?.layers ?? [];
}

/** What is there of an application's blocks, and how many of them to their last layers: families share names of layers. */
function within<L extends Named>(blocks: readonly LayerBlock[], layers: readonly L[]) {
  const found: BlockLayers<L>[] = [];
  let start = 0;
  let whole = 0;
  for (const { name, last } of blocks) {
    const end = layers.findIndex((layer) => layer.name === last) + 1;
    const isCut = end === 0;
    // Without a block before it, this is another network.
    if (isCut && start === 0) break;
    if (start < layers.length) found.push({ name, layers: layers.slice(start, end || layers.length) });
    // Blocks that follow cannot be here.
    if (isCut) break;
    start = end;
    whole++;
  }
  return { blocks: found, whole };
}
