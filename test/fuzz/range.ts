/**
 * Runs the cases of one format whose seeds are in a range: `FORMAT FROM TO FOLDER`, from scripts/fuzz.mjs.
 * Tells its parent each seed before it is run, and how each case ended. A failure is minimised and kept in FOLDER.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { formats, readCase, type Format, type FormatName } from "./formats.js";
import { FuzzFailure, outcomeOf } from "./outcome.js";

/** For shrinking one failure. */
const MAX_MINIMISING_MS = 300_000;

const [name, from, to, folder] = process.argv.slice(2) as [FormatName, string, string, string];
const format: Format = formats[name];
const temporary = await mkdtemp(join(tmpdir(), "wgraft-fuzz-"));
const tell = (message: object) => new Promise((done) => process.send!(message, done));

/** The smallest file that fast-check finds to fail too. */
async function minimise(seed: number): Promise<Buffer> {
  let smallest: Buffer = Buffer.alloc(0);
  const property = fc.asyncProperty(format.files, async (file) => {
    const bytes = await file;
    try {
      await outcomeOf(() => readCase(format, bytes, temporary));
    } catch (error) {
      smallest = bytes;
      throw error;
    }
  });
  await fc.check(property, { seed, numRuns: 1, interruptAfterTimeLimit: MAX_MINIMISING_MS });
  return smallest;
}

for (let seed = Number(from); seed < Number(to); seed++) {
  await tell({ seed });
  const [file] = fc.sample(format.files, { seed, numRuns: 1 });
  const bytes = await file;
  try {
    await tell({ outcome: await outcomeOf(() => readCase(format, bytes, temporary)) });
  } catch (error) {
    if (!(error instanceof FuzzFailure)) throw error;
    const path = join(folder, `${name.replace(/\W+/g, "-")}-${seed}`);
    await writeFile(`${path}.txt`, `${error.message}\n`);
    await writeFile(`${path}.${format.extension}`, bytes);
    await writeFile(`${path}.min.${format.extension}`, await minimise(seed));
    await tell({ outcome: "failed", why: error.message.split("\n")[0] });
  }
}
await rm(temporary, { recursive: true });
process.disconnect();
