/** A whole extraction on a second adapter, held against the first one's: see scripts/test-adapters.sh. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import { bundling } from "../../scripts/bundling.mjs";
import { createDevice } from "../../src/kernels/gpu/device.js";
import { readFeatures } from "../../src/transfer/data/features.js";
import { expectClose } from "../support/expectClose.js";

const execute = promisify(execFile);
const program = join(process.env.WGRAFT_ADAPTERS!, "extractOnce.mjs");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "wgraft-adapters-"));
  await writeImageFolders(join(folder, "images"), { train: 8, size: 90 });
  await build({ ...bundling, entryPoints: [join(import.meta.dirname, "extractOnce.ts")], outfile: program });
});
afterAll(() => rm(folder, { recursive: true }));

async function extracted(name: string, env: NodeJS.ProcessEnv) {
  const out = join(folder, `${name}.h5`);
  await execute(process.execPath, [program, join(folder, "images"), out], { env });
  return readFeatures(out);
}

it("is another adapter than the first one", async () => {
  const device = await createDevice();
  expect(device.name).toMatch(/SwiftShader/);
  device.destroy();
});

it("extracts the features that the first adapter does", async () => {
  const first = { ...process.env, VK_DRIVER_FILES: undefined };
  const [expected, got] = [await extracted("first", first), await extracted("second", process.env)];
  expect(got.splits.train.filenames).toEqual(expected.splits.train.filenames);
  const values = expected.splits.train.features.dataSync();
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expectClose(got.splits.train.features.dataSync(), Array.from(values), { absolute: 1e-5 * largest });
});
