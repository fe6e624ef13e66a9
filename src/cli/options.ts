/** From descriptions of options to Commander's. */
import { Option } from "commander";
import { flagOf } from "./flags.js";
import { choice } from "./parsers.js";

export interface OptionDescription {
  /** For help. */
  readonly what: string;
  /** The argument as help shows it: "<n>", "[patience]". Default: none, it is a switch. */
  readonly takes?: string;
  readonly parse?: (text: string) => unknown;
  readonly choices?: readonly string[];
  /** The default, for help alone: src/transfer sets it. */
  readonly initial?: string | number;
  /** What an optional argument is where it is not typed. */
  readonly preset?: number;
  /** Environment variable that does the same. */
  readonly env?: string;
  /** The command cannot run without it. */
  readonly required?: boolean;
}

type Details = Omit<OptionDescription, "what" | "takes">;

/** An option with an argument. */
export function option(takes: string, what: string, details: Details = {}): OptionDescription {
  return { takes, what, ...details };
}

/** An option that is typed or not. */
export function flag(what: string, details: Details = {}): OptionDescription {
  return { what, ...details };
}

/** Commander's option. @param name in camelCase: `skipBad` becomes `--skip-bad`, `shuffle`, which is on, `--no-shuffle` */
export function optionOf(name: string, description: OptionDescription): Option {
  const { what, takes, parse, choices, initial, preset, env, required } = description;
  const otherwise = initial === undefined ? "" : ` (default: ${initial})`;
  const option = new Option(takes ? `${flagOf(name)} ${takes}` : flagOf(name), what + otherwise);
  if (choices) option.choices(choices).argParser(choice(choices));
  if (parse) option.argParser(parse);
  if (preset !== undefined) option.preset(String(preset));
  if (env) option.env(env);
  return option.makeOptionMandatory(required === true);
}
