// Adds files of `wgraft bench --tune --out` to the ledger of kernels: npm run ledger -- FILE…
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { format, resolveConfig } from "prettier";
import { bundling } from "./bundling.mjs";

const bundle = "dist/ledger.mjs";
await build({ ...bundling, entryPoints: ["scripts/ledger.ts"], outfile: bundle });
const { readTuningReport, withReport } = await import(pathToFileURL(bundle));
rmSync(bundle);

const path = "src/kernels/gpu/ledger.json";
let ledger = JSON.parse(readFileSync(path, "utf8"));
for (const file of process.argv.slice(2)) ledger = withReport(ledger, await readTuningReport(file));
const options = { ...(await resolveConfig(path)), filepath: path };
writeFileSync(path, await format(JSON.stringify(ledger), options));
for (const [name, { choices }] of Object.entries(ledger.architectures))
  console.log(`${name}: ${Object.keys(choices).length} choices that differ from the heuristic's`);
