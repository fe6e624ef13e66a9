import type { LayerBlock } from "./description.js";

/**
 * The layers of a block, of a model that may have been cut below some of them.
 * @param layers of the model, from its input up
 * @returns none where there is no such block, or the cut is below it
 */
export function layersOfBlock<L extends { readonly name: string }>(
  blocks: readonly LayerBlock[],
  name: string,
  layers: readonly L[],
): readonly L[] {
  const place = blocks.findIndex((block) => block.name === name);
  if (place < 0) return [];
  const endOf = (block: LayerBlock) => layers.findIndex((layer) => layer.name === block.last) + 1;
  const start = place === 0 ? 0 : endOf(blocks[place - 1]);
  if (place > 0 && start === 0) return [];
  return layers.slice(start, endOf(blocks[place]) || layers.length);
}
