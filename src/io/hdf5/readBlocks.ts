import { sizeOf } from "../../tensor.js";
import { readParts, type Hdf5Dataset, type Part, type Values } from "./dataset.js";

/** Some of the values of a dataset. */
export interface Block {
  /** Which of the datasets. */
  readonly index: number;
  /** The first value's place among those of the dataset, in C order. */
  readonly start: number;
  /** Until the next block is asked for. */
  readonly values: Values;
}

/** Values that are read together: a model may have a thousand weights of a few values each. */
const BATCH_SIZE = 2 ** 18;

type Readable = Pick<Hdf5Dataset, "parts">;

/**
 * The values of many datasets of one file, block by block, through the memory of two batches: one is read while the other is
 * used. A system takes longer to give new memory than to copy it.
 */
export async function* readBlocks(datasets: readonly Readable[]): AsyncGenerator<Block> {
  const batches = batchesOf(datasets);
  const readNext = (memory?: ArrayBuffer) => {
    const next = batches.next();
    if (next.done) return undefined;
    const places = next.value;
    const parts = places.map(({ part }) => part);
    return readParts(parts, memory).then((values) => ({ places, values }));
  };
  let reading = readNext();
  let memory: ArrayBuffer | undefined;
  while (reading) {
    const { places, values } = await reading;
    reading = readNext(memory);
    // Thrown when its turn comes, if it does.
    reading?.catch(() => undefined);
    let at = 0;
    for (const { index, start, size } of places)
      yield { index, start, values: values.subarray(at, (at += size)) };
    memory = values.buffer;
  }
}

interface Place extends Omit<Block, "values"> {
  readonly part: Part;
  readonly size: number;
}

function* batchesOf(datasets: readonly Readable[]): Generator<Place[]> {
  let batch: Place[] = [];
  let total = 0;
  for (const place of placesOf(datasets)) {
    if (batch.length > 0 && total + place.size > BATCH_SIZE) {
      yield batch;
      batch = [];
      total = 0;
    }
    batch.push(place);
    total += place.size;
  }
  if (batch.length > 0) yield batch;
}

function* placesOf(datasets: readonly Readable[]): Generator<Place> {
  for (const [index, dataset] of datasets.entries()) {
    let start = 0;
    for (const part of dataset.parts()) {
      const size = sizeOf(part.region.count);
      yield { part, index, start, size };
      start += size;
    }
  }
}
