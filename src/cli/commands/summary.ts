import type { Command } from "commander";
import { choices, defaults, isApplication } from "../../transfer/defaults.js";
import type { ArchitectureOptions } from "../../transfer/model/architecture.js";
import type { MemoryOptions } from "../../transfer/model/memory.js";
import { refuseOptions } from "../flags.js";
import { flag, option } from "../options.js";
import { addOptions, deviceOptions, optionTable, trainablePart } from "../optionTable.js";
import { integer } from "../parsers.js";
import { run, type CommandContext, type GlobalOptions } from "../run.js";

interface SummaryOptions extends Omit<ArchitectureOptions, "device">, Omit<MemoryOptions, "newHead"> {
  memory?: boolean;
}

const own = {
  includeTop: flag("include the classifier for ImageNet's 1000 classes"),
  memory: flag("GPU memory of prediction and training, from their plans"),
  trainable: {
    ...optionTable.trainable,
    what: `${trainablePart} (default: none; of a saved model: as it was saved)`,
  },
  optimizer: option("<name>", "optimizer (default: rmsprop; of a saved model: its own)", {
    choices: choices.optimizer,
  }),
  units: { ...optionTable.units, what: "units in the hidden layer of the new head" },
  classes: option("<n>", "classes of the new head", {
    parse: integer(2, 65536),
    initial: defaults.classes,
  }),
};

export function register(program: Command): void {
  const command = program
    .command("summary")
    .description(
      "print the layers of a network with output shapes and parameters; needs a GPU only with --memory",
    )
    .argument("<app|file>", `${choices.app.join(", ")}, a saved model or a run folder`);
  addOptions(command, ["includeTop", "size", "layer", "pooling", "alpha"], own);
  // What the memory depends on, in the words of `wgraft train`.
  const memory = ["memory", "batchSize", "trainable", "optimizer", "units", "classes"] as const;
  addOptions(command.optionsGroup("Memory:"), memory, own);
  addOptions(command.optionsGroup("Options:"), deviceOptions).action(
    (model: string, options: SummaryOptions & GlobalOptions) =>
      run(options, async (context, own) => {
        await summarize(context, model, own);
        if (isApplication(model)) context.out.next(["train", "--data", "DIR", "--app", model]);
        else context.out.next(["evaluate", "--model", model, "--data", "DIR"]);
      }),
  );
}

const memoryOnly = ["trainable", "optimizer", "units", "classes", "batchSize"] as const;

async function summarize(context: CommandContext, name: string, options: SummaryOptions): Promise<void> {
  const { out } = context;
  if (!options.memory) refuseOptions(options, memoryOnly, "--memory");
  const { openArchitecture } = await import("../../transfer/model/architecture.js");
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
  const { memoryTable } = await import("../../transfer/model/memoryTable.js");
  const newHead = isApplication(name) && !options.includeTop;
  const { batchSize = defaults.batchSize, trainable, optimizer, units, classes } = options;
  const programs = await planMemory(model, { batchSize, trainable, optimizer, units, classes, newHead });
  for (const line of [...lines, ...memoryTable(programs, batchSize, device)]) out.result(line);
  // JSON has no Infinity.
  const memoryBudget = Number.isFinite(device.memoryBudget) ? device.memoryBudget : null;
  const memory = { adapter: device.name, precision: device.precision, memoryBudget, programs };
  out.finish({ ...table, memory });
}
