import type { LayerBlock } from "./common/description.js";
import { applications } from "./list.js";

interface Named {
  readonly name: string;
}

/**
 * The layers of a block of an application ("block5"), found in a network that contains the application from its input up,
 * but may be cut.
 * @param layers of the network, from its input up
 * @returns none where no application of this network has such a block, or the network is cut below it
 */
export function layersOfBlock<L extends Named>(name: string, layers: readonly L[]): readonly L[] {
  for (const { blocks } of Object.values(applications)) {
    const found = within(blocks, name, layers);
    if (found.length > 0) return found;
  }
  return [];
}

function within<L extends Named>(blocks: readonly LayerBlock[], name: string, layers: readonly L[]) {
  let start = 0;
  for (const block of blocks) {
    const end = layers.findIndex((layer) => layer.name === block.last) + 1;
    if (block.name === name && (end > 0 || start > 0)) return layers.slice(start, end || layers.length);
    // Another network, or the cut: blocks that follow cannot be here.
    if (end === 0) return [];
    start = end;
  }
  return [];
}
