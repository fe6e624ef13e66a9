/** What scripts/tables.mjs writes: the documentation's tables and the catalog of names, from the tables in src. */
import { readdirSync } from "node:fs";
import { measuredTable, publishedTable } from "../bench/gpuTables.js";
import { readReport, type Report } from "../bench/report.js";
import { interpolations } from "../src/io/images/resize.js";
import { preprocessModes } from "../src/kernels/image/preprocessModes.js";
import { applications } from "../src/models/applications/index.js";
import type { ApplicationDescription, SpecialOption } from "../src/models/applications/common/description.js";
import { activations } from "../src/models/layers/activations/table.js";
import * as layers from "../src/models/layers/index.js";
import { layerTable } from "../src/models/layers/layerOptions.js";
import { isLayerClass } from "../src/models/layers/savedLayer.js";
import { losses, type LossDescription } from "../src/models/losses.js";
import { metrics } from "../src/models/metrics.js";
import { optimizers } from "../src/models/optimizers/index.js";
import * as schedules from "../src/models/optimizers/schedules/index.js";
import { namesOf } from "../src/names.js";
import { describe } from "../src/options/describe.js";
import { snakeCase } from "../src/options/notation.js";
import { operationLayers, tfFunctionLayers } from "../src/io/keras/operationLayers.js";
import { tfFunctions } from "../src/io/keras/operationConfig.js";
import * as operations from "../src/models/layers/operations/index.js";
import golden from "../test/golden/applicationFeatures.json" with { type: "json" };
import { kerasLayers } from "./kerasLayers.js";
import type { Field, FieldTable } from "../src/options/fields.js";

type Cells = readonly string[];

/** Reports of adapters that were sent in. */
async function readResults(): Promise<Report[]> {
  const folder = "bench/results";
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return Promise.all(names.sort().map((name) => readReport(`${folder}/${name}`)));
}

function markdown(head: Cells, rows: readonly Cells[]): string {
  const line = (cells: Cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [head, head.map(() => "---"), ...rows].map(line).join("\n");
}

const code = (text: string) => `\`${text}\``;

function named<Entry>(table: Readonly<Record<string, Entry>>, cells: (entry: Entry) => Cells): Cells[] {
  return Object.entries(table).map(([name, entry]) => [code(name), ...cells(entry)]);
}

const summary = (entry: { readonly summary: string }) => [entry.summary];

type Described = Pick<
  ApplicationDescription,
  "name" | "paper" | "preprocess" | "defaultSize" | "featureLayer" | "blocks"
> & { readonly options: Readonly<Record<string, SpecialOption>> };

const all = applications as Readonly<Record<string, Described>>;

/** VGG16 has a file of numbers of its own. */
const compared = new Set(["vgg16", ...golden.applications.map(({ name }) => name.toLowerCase())]);

/** What the tests compare; for what is not numbers, Keras's sources and documentation are compared with. */
const comparison = ({ name }: Described) => (compared.has(name) ? "numbers" : "counts, files");

function optionsOf({ options }: Described): string {
  const own = Object.entries(options);
  return own
    .map(([name, option]) => `${code(name)}: ${option.summary} (${String(option.field.default)})`)
    .join("; ");
}

function labelsOf({ labels }: LossDescription): string {
  return labels.kind === "class index" ? "a class index" : `${labels.min} to ${labels.max} for each unit`;
}

/** The tables by the names in the marks around them. */
export const tables: Readonly<Record<string, string>> = {
  applications: markdown(
    [
      ...["name", "paper", "size", "preprocessing", "feature layer", "blocks", "further options"],
      "compared with Keras",
    ],
    named(all, (app) => [
      `${app.paper.authors}, ${app.paper.year}`,
      `${app.defaultSize}`,
      code(app.preprocess),
      code(app.featureLayer),
      `${code(app.blocks[0].name)} to ${code(app.blocks.at(-1)!.name)}`,
      optionsOf(app) || "–",
      comparison(app),
    ]),
  ),
  measuredGpus: markdown(...measuredTable(await readResults())),
  publishedGpus: markdown(...publishedTable()),
  preprocessing: markdown(["name", "result"], named(preprocessModes, summary)),
  interpolations: markdown(["name", "pixels of the result"], named(interpolations, summary)),
  activations: markdown(["name", "result"], named(activations, summary)),
  losses: markdown(
    ["name", "for", "labels", "last activation", "outputs"],
    named<LossDescription>(losses, (loss) => [
      loss.summary,
      labelsOf(loss),
      code(loss.activation.name),
      loss.output,
    ]),
  ),
  metrics: markdown(["name", "figure"], named(metrics, summary)),
  layers: markdown(
    ["class", "options"],
    Object.values<unknown>(layers)
      .filter(isLayerClass)
      .map(({ table }) => table)
      .map((table) => [code(table.owner), fieldsOf(table, layerTable.fields)]),
  ),
  kerasLayers: markdown(
    ["layer of Keras", "group", "here", "arguments", "arguments with one value"],
    supported(),
  ),
  kerasOperationLayers: markdown(
    ["layer", "operations of Keras 3", "functions in a `TFOpLambda` of Keras 2"],
    [...new Set(Object.values({ ...operationLayers, ...tfFunctionLayers }).map(({ className }) => className))]
      .sort()
      .map((layer) => [
        code(layer),
        readAs(operationLayers, layer).map(code).join(", "),
        readAs(tfFunctionLayers, layer)
          .map((name) => code(`tf.${name}`))
          .join(", "),
      ]),
  ),
  kerasOperations: markdown(
    ["operation of Keras 3", "functions in a `TFOpLambda` of Keras 2"],
    Object.values<unknown>(operations)
      .filter(isLayerClass)
      .map(({ table: { owner } }) => [code(owner), functionsOf(owner)]),
  ),
  optimizers: markdown(
    ["name", "class", "options"],
    named(optimizers, ({ table }) => [code(table.owner), fieldsOf(table)]),
  ),
  schedules: markdown(
    ["class", "options"],
    Object.values(schedules).map(({ table }) => [code(table.owner), fieldsOf(table)]),
  ),
};

/** Each layer of Keras, and whether wgraft has it, with which of its arguments. */
function supported(): Cells[] {
  const own = new Map(
    Object.values<unknown>(layers)
      .filter(isLayerClass)
      .map(({ table }) => [table.owner, table as FieldTable]),
  );
  const rows = Object.entries(kerasLayers).flatMap(([group, names]) =>
    names.split(" ").map((name): Cells => {
      const table = own.get(name);
      own.delete(name);
      return [code(name), group, table ? "yes" : "no", ...(table ? kerasArguments(table) : ["", ""])];
    }),
  );
  if (own.size > 0) throw new Error(`not in Keras: ${[...own.keys()].join(", ")}`);
  return rows;
}

/** Those of TensorFlow that are a class of Keras 3. */
function readAs(readings: Readonly<Record<string, { className: string }>>, layer: string): string[] {
  return Object.keys(readings).filter((name) => readings[name].className === layer);
}

function functionsOf(className: string): string {
  const found = Object.entries(tfFunctions).filter(([, signature]) => signature.className === className);
  return found.map(([name]) => code(`tf.${name}`)).join(", ");
}

/** The arguments that are options, and those that may have one value alone. */
function kerasArguments({ fields, fixed }: FieldTable): Cells {
  const names = Object.entries(fields)
    .filter(([option, { keras }]) => keras !== null && !Object.hasOwn(layerTable.fields, option))
    .map(([option, { keras }]) => code(keras ?? snakeCase(option)));
  const single = Object.entries(fixed)
    .filter(([name, { accepted }]) => accepted && name !== "dtype")
    .map(([name, { accepted }]) => code(`${name} = ${describe(accepted![0])}`));
  return [names.join(", ") || "–", single.join(", ") || "–"];
}

/** The options of a class: `units`, which must be given; `useBias = true`, with its default; `inputDim?`, without one. */
function fieldsOf({ fields }: FieldTable<unknown>, omitted: object = {}): string {
  const own = Object.entries(fields as FieldTable["fields"]).filter(
    ([name]) => !Object.hasOwn(omitted, name),
  );
  const shown = ({ isRequired, default: standard }: Field) =>
    standard === undefined ? (isRequired ? "" : "?") : ` = ${describe(standard)}`;
  return own.map(([name, field]) => code(name + shown(field))).join(", ") || "–";
}

function specialOptions(): Readonly<Record<string, string[]>> {
  const takers: Record<string, string[]> = {};
  for (const app of Object.values(all)) {
    for (const option of Object.keys(app.options)) (takers[option] ??= []).push(app.name);
  }
  return takers;
}

/** What each application's images are, where nobody says otherwise. */
function applicationInputs(): Record<string, { size: number; preprocess: string }> {
  return Object.fromEntries(
    Object.values(all).map(({ name, defaultSize: size, preprocess }) => [name, { size, preprocess }]),
  );
}

/** Source of src/models/catalog.ts. */
export const catalog = `/** Names for help texts and messages, which do not wait for what they name. Written by \`npm run tables\`; do not edit. */

export const applicationNames = ${JSON.stringify(Object.keys(applications))} as const;

/** Side of the images, in pixels, and how they are preprocessed: those of the published weights. */
export const applicationInputs = ${JSON.stringify(applicationInputs())} as const;

/** Options that not every application takes, with those that do. */
export const specialOptions = ${JSON.stringify(specialOptions())} as const;

export const optimizerNames = ${JSON.stringify(namesOf(optimizers))} as const;
`;
