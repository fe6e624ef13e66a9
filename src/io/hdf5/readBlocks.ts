import type { Hdf5Dataset, Values } from "./dataset.js";
import { sizeOf } from "../../tensor.js";

/** Some of the values of a dataset. */
export interface Block {
  /** Which of the datasets. */
  readonly index: number;
  /** The first value's place among those of the dataset, in C order. */
  readonly start: number;
  /** Until the next block is asked for. */
  readonly values: Values;
}

type Readable = Pick<Hdf5Dataset, "regions" | "readRegion">;

/**
 * The values of many datasets, block by block, through the memory of two blocks: one is read while the other is used. A system
 * takes longer to give new memory than to copy it.
 */
export async function* readBlocks(datasets: readonly Readable[]): AsyncGenerator<Block> {
  const reads = readsOf(datasets);
  let reading: Promise<Block> | undefined = reads();
  let memory: ArrayBuffer | undefined;
  while (reading) {
    const block: Block = await reading;
    reading = reads(memory);
    // Thrown when its turn comes, if it does.
    reading?.catch(() => undefined);
    yield block;
    memory = block.values.buffer;
  }
}

/** Starts to read the next block, if there is one, into the memory that it is given. */
function readsOf(datasets: readonly Readable[]): (memory?: ArrayBuffer) => Promise<Block> | undefined {
  const places = placesOf(datasets);
  return (memory) => {
    const { value: place, done } = places.next();
    if (done) return undefined;
    const { dataset, region, ...at } = place;
    return dataset.readRegion(region, memory).then((values) => ({ ...at, values }));
  };
}

function* placesOf(datasets: readonly Readable[]) {
  for (const [index, dataset] of datasets.entries()) {
    let start = 0;
    for (const region of dataset.regions()) {
      yield { dataset, region, index, start };
      start += sizeOf(region.count);
    }
  }
}
