/** What bin/wgraft.cjs hands over to: parses the command line. What a command needs is loaded when it runs. */
import { CommanderError } from "commander";
import { version } from "../version.js";
import * as bench from "./commands/bench.js";
import * as cache from "./commands/cache.js";
import * as checkData from "./commands/checkData.js";
import * as compare from "./commands/compare.js";
import * as doctor from "./commands/doctor.js";
import * as evaluate from "./commands/evaluate.js";
import * as explain from "./commands/explain.js";
import * as extract from "./commands/extract.js";
import * as predict from "./commands/predict.js";
import * as summary from "./commands/summary.js";
import * as train from "./commands/train.js";
import { CommandLine } from "./commandLine.js";
import { addExamples } from "./examples.js";
import { ExitCode } from "./exitCodes.js";
import { oneLine } from "../printable.js";

const commands = [
  doctor,
  summary,
  checkData,
  extract,
  train,
  evaluate,
  predict,
  explain,
  compare,
  cache,
  bench,
];

const exitCodesHelp = `
Exit codes: 0 done, 1 failed, 2 usage, 3 no usable GPU adapter, 4 bad input data,
5 GPU device lost or out of memory, 130 interrupted.`;

async function main(argv: readonly string[]): Promise<void> {
  const program = new CommandLine("wgraft")
    .description("Transfer learning on any GPU: Keras .h5 in, Keras .h5 out.")
    .version(version())
    .addHelpText("after", exitCodesHelp);
  // Before the subcommands are made, which inherit all three.
  program
    .exitOverride()
    // `refuseArguments` says which are too many, where Commander says how many there are.
    .allowExcessArguments()
    .configureOutput({
      outputError: (text, write) => write(`wgraft: ${oneLine(text.replace(/^error: /, "").trimEnd())}\n`),
    });
  for (const { register } of commands) register(program);
  addExamples(program.commands);
  program.hook("preAction", (_, command) => (command as CommandLine).refuseArguments());
  program.on("command:*", ([typed]: string[]) => program.refuseCommand(typed));
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has printed the help or what was wrong with the options.
    process.exitCode = error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
  }
}

// A reader that has seen enough (`wgraft summary vgg16 | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(ExitCode.done);
});

await main(process.argv.slice(2));
