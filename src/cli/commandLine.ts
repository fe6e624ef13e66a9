/** Commander's command, which says what was meant by a mistyped option or command before it asks for what is missing. */
import { Command, type ParseOptionsResult } from "commander";
import { foreignCommands } from "../options/foreignNames.js";
import { suggestion } from "../options/suggest.js";
import { plainNameOf } from "./flags.js";

export class CommandLine extends Command {
  override createCommand(name?: string): CommandLine {
    return new CommandLine(name);
  }

  /** Called by Commander before it looks for what is missing. */
  override parseOptions(args: string[]): ParseOptionsResult {
    const parsed = super.parseOptions(args);
    const [unknown] = parsed.unknown;
    const asksHelp = parsed.unknown.some((arg) => arg === "-h" || arg === "--help");
    // The program's own options are followed by those of its command.
    const isComplete = this.commands.length === 0 || parsed.operands.length === 0;
    if (unknown?.startsWith("-") && isComplete && !asksHelp) this.refuseOption(unknown);
    return parsed;
  }

  /** Reports a command that there is not. @param typed in its place */
  refuseCommand(typed: string): never {
    const names = this.commands.map((command) => command.name());
    const isCalled = (name: string) => foreignCommands[name]?.split(" ").includes(typed.toLowerCase());
    const meant = suggestion(typed, names) ?? names.find(isCalled);
    const hint = meant ? `Did you mean ${meant}?` : `There are: ${names.join(", ")}.`;
    this.error(`unknown command '${typed}' (${hint})`);
  }

  /** Reports an argument that the command does not take. */
  refuseArguments(): void {
    const { registeredArguments, args } = this;
    const unexpected = args[registeredArguments.length];
    if (unexpected === undefined || registeredArguments.at(-1)?.variadic) return;
    this.error(`unexpected argument '${unexpected}' (See wgraft ${this.name()} --help.)`);
  }

  private refuseOption(typed: string): never {
    const [flag] = typed.split("=");
    this.error(`unknown option '${flag}' (${this.hintFor(flag.replace(/^-+/, ""))})`);
  }

  private hintFor(typed: string): string {
    if (this.commands.length > 0) return "options follow the command: wgraft COMMAND [options]";
    const known = new Map(this.options.map((option) => [option.attributeName(), option]));
    const meant = known.get(suggestion(typed, [...known.keys()]) ?? "");
    if (meant?.negate && plainNameOf(typed) === plainNameOf(meant.attributeName()))
      return `That is the default; ${meant.long} turns it off.`;
    if (meant) return `Did you mean ${meant.long}?`;
    const having = (this.parent?.commands ?? []).filter(({ options }) =>
      options.some(({ long }) => long === `--${typed}`),
    );
    const where = having.map((command) => command.name()).join(", ");
    return where ? `It is an option of ${where}.` : `See wgraft ${this.name()} --help.`;
  }
}
