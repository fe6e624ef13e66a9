/** Options of the library as the command line spells them. */
import { WgraftError } from "../errors.js";
import { camelCase } from "../options/notation.js";

/** Options that are on, and that a flag turns off: `--no-shuffle`. */
export const negatedOptions = ["autotune", "cache", "shuffle"] as const;
export type NegatedOption = (typeof negatedOptions)[number];

/** "skipBad" → "--skip-bad", "shuffle" → "--no-shuffle" */
export function flagOf(option: string): string {
  const name = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return isNegated(option) ? `--no-${name}` : `--${name}`;
}

/** @throws WgraftError "usage" for an option that was typed where it has no meaning. @param where it has one */
export function refuseOptions<O extends object>(
  options: O,
  names: readonly (keyof O & string)[],
  where: string,
) {
  const misplaced = names.find((name) => options[name] !== undefined);
  if (misplaced !== undefined)
    throw new WgraftError("usage", `${flagOf(misplaced)} only applies to ${where}`);
}

/** The words of the library, whose options stand in backticks, with flags in their place. */
export function withFlags(text: string): string {
  return text.replace(/`([a-z][A-Za-z]*)`/g, (_, option: string) =>
    isNegated(option) ? `${option} (${flagOf(option)})` : flagOf(option),
  );
}

/** The message of an error, with flags in place of the library's options. */
export function messageWithFlags({ message, op, option }: WgraftError): string {
  if (option === undefined) return message;
  const start = `${op}: ${option}: `;
  const rest = message.startsWith(start) ? `${flagOf(option)}: ${message.slice(start.length)}` : message;
  return withFlags(rest).replace(`there is no option ${option};`, `there is no option ${flagOf(option)};`);
}

/** The same for `skip-bad`, `skip_bad` and `skipBad`. */
export function plainNameOf(name: string): string {
  return camelCase(name).toLowerCase();
}

function isNegated(option: string): option is NegatedOption {
  return (negatedOptions as readonly string[]).includes(option);
}
