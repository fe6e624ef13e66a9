import type { Command } from "commander";
import { WgraftError } from "../../errors.js";
import { choices, defaults } from "../../transfer/defaults.js";
import type { ArchitectureOptions } from "../../transfer/model/architecture.js";
import type { MemoryOptions } from "../../transfer/model/memory.js";
import { flagOf } from "../flags.js";
import {
  addBatchSizeOption,
  addDeviceOptions,
  addLayerOptions,
  addOption,
  addSizeOption,
} from "../options.js";
import { integer, list } from "../parsers.js";
import { run, type CommandContext, type GlobalOptions } from "../run.js";

interface SummaryOptions extends Omit<ArchitectureOptions, "device">, Omit<MemoryOptions, "newHead"> {
  memory?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("summary")
    .description(
      "the layers of a network, their output shapes and parameters; needs no weights, and no GPU but for --memory",
    )
    .argument("<app|file>", `${choices.app.join(", ")}, or a saved model`)
    .option("--include-top", "with the classifier for ImageNet's 1000 classes");
  addLayerOptions(addSizeOption(command));
  addMemoryOptions(command.optionsGroup("Memory:"));
  addDeviceOptions(command.optionsGroup("Options:")).action(
    (model: string, options: SummaryOptions & GlobalOptions) =>
      run(options, (context, own) => summarize(context, model, own)),
  );
}

/** What the memory depends on, in the words of `wgraft train`. */
function addMemoryOptions(command: Command): void {
  addBatchSizeOption(
    command.option("--memory", "what prediction and training would take of the GPU's memory, planned for it"),
  ).option(
    "--trainable <layers>",
    "what of the base is trained: none, all, or layers and blocks with commas between (default: none; of a saved model: as it was saved)",
    list,
  );
  addOption(command, "--optimizer <name>", "default: rmsprop; of a saved model: its own", {
    choices: choices.optimizer,
  });
  addOption(command, "--units <n>", "of the hidden layer that training puts on an application", {
    parse: integer(1, 65536),
    initial: defaults.units,
  });
  addOption(command, "--classes <n>", "classes of the new head", {
    parse: integer(2, 65536),
    initial: defaults.classes,
  });
}

const memoryOnly = ["trainable", "optimizer", "units", "classes", "batchSize"] as const;

async function summarize(context: CommandContext, name: string, options: SummaryOptions): Promise<void> {
  const { out } = context;
  const misplaced = options.memory ? undefined : memoryOnly.find((option) => options[option] !== undefined);
  if (misplaced !== undefined)
    throw new WgraftError("usage", `${flagOf(misplaced)} says what memory is asked about; add --memory`);
  const { isApplication, openArchitecture } = await import("../../transfer/model/architecture.js");
  const { summary, summaryData } = await import("../../models/summary.js");
  const device = options.memory ? await context.device() : undefined;
  const model = await openArchitecture(name, { ...options, device });
  // Before memory is planned, for which the model may be compiled in another way.
  const [table, lines] = [summaryData(model), summary(model)];
  if (!device) {
    for (const line of lines) out.result(line);
    out.finish(table);
    return;
  }
  const { planMemory } = await import("../../transfer/model/memory.js");
  const { memoryTable } = await import("../memoryTable.js");
  const newHead = isApplication(name) && !options.includeTop;
  const { batchSize = defaults.batchSize, trainable, optimizer, units, classes } = options;
  const programs = await planMemory(model, { batchSize, trainable, optimizer, units, classes, newHead });
  for (const line of [...lines, ...memoryTable(programs, batchSize, device)]) out.result(line);
  // JSON has no Infinity.
  const memoryBudget = Number.isFinite(device.memoryBudget) ? device.memoryBudget : null;
  const memory = { adapter: device.name, precision: device.precision, memoryBudget, programs };
  out.finish({ ...table, memory });
}
