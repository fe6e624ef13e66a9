// Writes what follows from the tables in src: the tables of the documentation, between the marks `<!-- table: NAME -->` and
// `<!-- end of table -->`, and the catalog of names. With --check it writes nothing and fails where they differ.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { format, resolveConfig } from "prettier";
import { bundling } from "./bundling.mjs";

const bundle = "dist/tables.mjs";
await build({ ...bundling, entryPoints: ["scripts/tables.ts"], outfile: bundle });
const { tables, catalog } = await import(pathToFileURL(bundle));
rmSync(bundle);

const marked = /(<!-- table: (\w+) -->\n)[^]*?(<!-- end of table -->)/g;
const used = new Set();

function withTables(text, path) {
  return text.replace(marked, (_, start, name, end) => {
    if (!Object.hasOwn(tables, name)) throw new Error(`${path}: there is no table ${name}`);
    used.add(name);
    return `${start}\n${tables[name]}\n\n${end}`;
  });
}

const documents = readdirSync("docs").filter((name) => name.endsWith(".md"));
const paths = ["README.md", ...documents.map((name) => `docs/${name}`)];
const written = paths.map((path) => [path, withTables(readFileSync(path, "utf8"), path)]);
const unused = Object.keys(tables).filter((name) => !used.has(name));
if (unused.length > 0) throw new Error(`no document has the table ${unused.join(", ")}`);

const isCheck = process.argv.includes("--check");
for (const [path, text] of [...written, ["src/models/catalog.ts", catalog]]) {
  const wanted = await format(text, { ...(await resolveConfig(path)), filepath: path });
  if (readFileSync(path, "utf8") === wanted) continue;
  if (isCheck) {
    console.error(`${path} is not what the tables in src say; run: npm run tables`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, wanted);
    console.log(`wrote ${path}`);
  }
}
