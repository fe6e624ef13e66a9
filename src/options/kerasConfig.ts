/** Arguments in Keras's files, from and to the options of a table. */
import { describe } from "./describe.js";
import type { Field, FieldTable } from "./fields.js";
import { snakeCase } from "./notation.js";

/** An argument of a file that cannot be taken. */
export class ConfigError extends Error {
  constructor(
    /** `unsupported`: Keras has it and wgraft does not; `invalid`: it makes no sense, or is missing. */
    readonly kind: "unsupported" | "invalid",
    message: string,
  ) {
    super(message);
  }
}

type Config = Readonly<Record<string, unknown>>;

/** The arguments as Keras's files have them. */
export function toConfig(table: FieldTable<unknown>, args: object): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  for (const [option, { check, keras }] of fieldsIn(table)) {
    const value = (args as Config)[option];
    if (keras !== null) config[keras] = value === undefined ? null : (check.toJson?.(value) ?? value);
  }
  for (const [name, { written }] of Object.entries(table.fixed)) {
    if (written !== undefined) config[name] = written;
  }
  return structuredClone(config);
}

/**
 * The options that a file's arguments stand for; what the file does not say is left to the defaults.
 * @param isIgnored names whose values do not matter
 * @throws ConfigError for an argument that is missing, of another kind, or set and not known here
 */
export function fromConfig(
  table: FieldTable<unknown>,
  config: Config,
  isIgnored: (name: string) => boolean = () => false,
): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  const unread = new Set(Object.keys(config));
  for (const [option, field] of fieldsIn(table)) {
    if (field.keras === null) continue;
    const names = [field.keras, ...(field.formerly ?? [])];
    const name = names.find((known) => Object.hasOwn(config, known)) ?? field.keras;
    for (const known of names) unread.delete(known);
    const value = Object.hasOwn(config, name) ? config[name] : undefined;
    options[option] = readArgument(name, field, value);
  }
  for (const [name, { accepted, advice }] of Object.entries(table.fixed)) {
    unread.delete(name);
    if (accepted && Object.hasOwn(config, name)) checkFixed(name, config[name], accepted, advice);
  }
  for (const name of unread) {
    const value = config[name];
    if (value === null || value === false || isIgnored(name)) continue;
    throw new ConfigError("unsupported", `wgraft has no ${name} (here ${describe(value)})`);
  }
  return options;
}

function fieldsIn({ fields }: FieldTable<unknown>) {
  return Object.entries(fields as Readonly<Record<string, Field>>).map(([option, field]) => {
    const { keras = snakeCase(option) } = field;
    return [option, { ...field, keras }] as const;
  });
}

function readArgument(name: string, { check, isRequired, takesNull }: Field, saved: unknown): unknown {
  const json = plainNumber(saved);
  if (json === undefined || (json === null && takesNull)) {
    if (!isRequired) return undefined;
    throw new ConfigError("invalid", `${name} is missing: expected ${check.expected}`);
  }
  const value = check.fromJson ? check.fromJson(json) : json;
  if (value === undefined || check.read(value) !== undefined) return value;
  const isChoice = check.choices?.some((choice) => typeof choice === typeof value);
  throw new ConfigError(
    isChoice ? "unsupported" : "invalid",
    `${name} is ${describe(json)}: expected ${check.expected}`,
  );
}

function checkFixed(name: string, saved: unknown, accepted: readonly unknown[], advice?: string): void {
  const json = JSON.stringify(plainNumber(saved));
  if (accepted.some((value) => JSON.stringify(value) === json)) return;
  // To Python they are equal.
  if ((saved === 0 || saved === 1) && accepted.includes(saved === 1)) return;
  const [only] = accepted;
  const has = only === null || only === false ? `wgraft has no ${name}` : `wgraft has only ${describe(only)}`;
  throw new ConfigError("unsupported", `${name} is ${describe(saved)}; ${has}${advice ? `; ${advice}` : ""}`);
}

/** Keras 2.2 writes some numbers as `{"type": "ndarray", "value": 6.0}`. */
function plainNumber(json: unknown): unknown {
  const { type, value } = (json ?? {}) as { type?: unknown; value?: unknown };
  return type === "ndarray" && typeof value === "number" ? value : json;
}
