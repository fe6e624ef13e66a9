/** Tables whose entries are found by name: losses, metrics, preprocessing modes… */
import { WgraftError, type ErrorCode } from "./errors.js";

export type NameIn<Table extends object> = keyof Table & string;

/** The names in a table, in its order: what choices are listed from. */
export function namesOf<Table extends object>(table: Table): readonly NameIn<Table>[] {
  return Object.keys(table) as NameIn<Table>[];
}

/** "rescale: x / 255; tf: x / 127.5 − 1", for a help text. */
export function summariesOf(table: Readonly<Record<string, { readonly summary: string }>>): string {
  return Object.entries(table)
    .map(([name, { summary }]) => `${name}: ${summary}`)
    .join("; ");
}

/**
 * A name that came from outside.
 * @param what the names are of: "loss"
 * @throws WgraftError `code`, with the names that are known, for one that is not in the table
 */
export function nameIn<Table extends object>(
  table: Table,
  what: string,
  name: unknown,
  code: ErrorCode = "not-supported",
): NameIn<Table> {
  if (typeof name === "string" && Object.hasOwn(table, name)) return name as NameIn<Table>;
  const known = namesOf(table).join(", ");
  throw new WgraftError(code, `${what} ${JSON.stringify(name)} is not known; known: ${known}`);
}
