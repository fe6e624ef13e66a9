/** Options that a caller passes, against their table. The wording of all messages about options is here. */
import { WgraftError } from "../errors.js";
import type { Check } from "./checks.js";
import { describe, isPlainObject } from "./describe.js";
import type { Arguments, Field, FieldTable } from "./fields.js";
import { suggestion } from "./suggest.js";

/** The one sentence about an option that is not as it should be. */
export function optionError(owner: string, option: string, expected: string, got: unknown): WgraftError {
  const message = `${owner}: ${option}: expected ${expected}, got ${describe(got)}`;
  return new WgraftError("usage", message, { op: owner, option, expected, got });
}

/** Checks an argument that is passed by its place. @throws WgraftError `usage` as for an option */
export function checkArgument<Out>(
  owner: string,
  name: string,
  check: Check<never, Out>,
  given: unknown,
): Out {
  const read = check.read(given);
  if (read !== undefined) return read;
  throw optionError(owner, name, check.expected, given);
}

/**
 * Checks an options object.
 * @param given undefined is as good as `{}`
 * @returns every option of the table, with defaults
 * @throws WgraftError `usage` that names the option: one that is unknown, missing or not what it should be
 */
export function checkOptions<T extends FieldTable<unknown>>(
  table: T,
  given: unknown,
  owner: string = table.owner,
): Arguments<T> {
  const fields = table.fields as Readonly<Record<string, Field>>;
  const names = Object.keys(fields);
  const options = given === undefined ? {} : given;
  if (!isPlainObject(options)) throw notAnObject(owner, fields, options);
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !Object.hasOwn(fields, name)) throw unknownOption(owner, name, names);
  }
  const args = names.map((name) => [name, checkOption(owner, name, fields[name], options[name])]);
  return Object.fromEntries(args) as Arguments<T>;
}

/** Checks one option. @throws WgraftError `usage` */
export function checkOption(owner: string, name: string, field: Field, given: unknown): unknown {
  const { check, takesNull } = field;
  const isAbsent = given === undefined || (given === null && takesNull);
  const value = isAbsent ? field.default : given;
  if (value === undefined) {
    if (!field.isRequired) return undefined;
    throw missingOption(owner, name, check.expected);
  }
  const read: unknown = check.read(value);
  if (read !== undefined) return read;
  throw optionError(owner, name, takesNull ? `${check.expected}, or null` : check.expected, given);
}

function missingOption(owner: string, option: string, expected: string): WgraftError {
  const message = `${owner}: ${option}: expected ${expected}, but it is missing`;
  return new WgraftError("usage", message, { op: owner, option, expected });
}

function unknownOption(owner: string, option: string, names: readonly string[]): WgraftError {
  const meant = suggestion(option, names);
  const hint = meant ? `did you mean ${meant}?` : `there are: ${names.join(", ") || "none"}`;
  return new WgraftError("usage", `${owner}: there is no option ${option}; ${hint}`, { op: owner, option });
}

/** A value where options belong: shows how it is passed. */
function notAnObject(owner: string, fields: Readonly<Record<string, Field>>, got: unknown): WgraftError {
  const [first] = Object.entries(fields);
  const fits = first && got !== null && first[1].check.read(got) !== undefined;
  const form = fits ? `{ ${first[0]}: ${describe(got)} }` : `{ ${first?.[0] ?? ""}: … }`;
  return new WgraftError("usage", `${owner}: expected options in an object, ${form}, got ${describe(got)}`, {
    op: owner,
    expected: form,
    got,
  });
}
