/** Field tables: each option of an options object with its check, its default and its name in Keras's files. */
import type { Check } from "./checks.js";

/** One option. `In`: what may be passed; `Value`: what the library gets. */
export interface Field<In = never, Value = unknown> {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a table has checks of all kinds
  readonly check: Check<any, any>;
  readonly isRequired: boolean;
  /** What is taken where the option is absent. */
  readonly default?: unknown;
  /** null is Keras's None, and as good as absent. */
  readonly takesNull?: boolean;
  /** In Keras's files; null: not there. Default: the option's name in snake case. */
  readonly keras?: string | null;
  /** Its names in files of older versions of Keras. */
  readonly formerly?: readonly string[];
  /** For the compiler alone. */
  readonly accepts?: (value: In) => void;
  readonly gives?: () => Value;
}

export interface RequiredField<In, Value = unknown> extends Field<In, Value> {
  readonly isRequired: true;
}

export interface OptionalField<In, Value = unknown> extends Field<In, Value> {
  readonly isRequired: false;
}

interface FieldSettings {
  readonly keras?: string | null;
  readonly formerly?: readonly string[];
}

export function required<In, Out>(
  check: Check<In, Out>,
  settings: FieldSettings = {},
): RequiredField<In, Out> {
  return { check, isRequired: true, ...settings };
}

export function optional<In, Out>(
  check: Check<In, Out>,
  standard: NoInfer<In>,
  settings?: FieldSettings,
): OptionalField<In, Out>;
export function optional<In, Out>(
  check: Check<In, Out>,
  standard?: undefined,
  settings?: FieldSettings,
): OptionalField<In, Out | undefined>;
export function optional<In, Out>(
  check: Check<In, Out>,
  standard?: In,
  settings: FieldSettings = {},
): OptionalField<In, Out | undefined> {
  return { check, isRequired: false, default: standard, ...settings };
}

/** An option that Keras takes None for. */
export function nullable<In, Value>(field: OptionalField<In, Value>): OptionalField<In | null, Value> {
  return { ...field, takesNull: true } as OptionalField<In | null, Value>;
}

/** An argument of Keras's that wgraft does not have. */
export interface FixedArgument {
  /** The only values that a file may have; undefined: any, for it does not change what is computed. */
  readonly accepted?: readonly unknown[];
  /** What to do about any other value. */
  readonly advice?: string;
  /** What is written: undefined, nothing. */
  readonly written?: unknown;
}

/** Has one value in Keras's files: the first, which is written; the rest are other forms of it. */
export function fixed(value: unknown, ...forms: unknown[]): FixedArgument {
  return { accepted: [value, ...forms], written: value };
}

/** The same, with what a message says about any other value. */
export function advised(argument: FixedArgument, advice: string): FixedArgument {
  return { ...argument, advice };
}

/** May be in a file, with one of these values, and is not written: older versions of Keras do not know it. */
export function onlyRead(...accepted: unknown[]): FixedArgument {
  return { accepted };
}

/** May be in a file, with any value; `written` is what stands there in ours. */
export function ignored(written?: unknown): FixedArgument {
  return { written };
}

/** Needs a field for each option of `O`, of its type, required where it is. */
export type FieldsOf<O> = {
  readonly [K in keyof O]-?: Record<never, never> extends Pick<O, K>
    ? OptionalField<Exclude<O[K], undefined>>
    : RequiredField<O[K]>;
};

export type AnyFields = Readonly<Record<string, Field>>;
export type FixedArguments = Readonly<Record<string, FixedArgument>>;

export interface FieldTable<F = AnyFields> {
  /** Whose options these are: "Conv2D", "fit". It begins every message. */
  readonly owner: string;
  /** The first is what a lone value is meant for: `new Dense(3)` means `units`. */
  readonly fields: F;
  readonly fixed: FixedArguments;
}

/** The options after their check, with defaults. */
export type Arguments<T extends FieldTable<unknown>> = {
  -readonly [K in keyof T["fields"]]: T["fields"][K] extends Field<never, infer Value> ? Value : never;
};

type NoMore<F, O> = { readonly [K in Exclude<keyof F, keyof O>]: never };

/** Begins the table of the options `O`: `optionsOf<Conv2DOptions>("Conv2D").fields({ … })`. */
export function optionsOf<O extends object>(owner: string) {
  return {
    fields<const F extends FieldsOf<O>>(fields: F & NoMore<F, O>, fixed: FixedArguments = {}): FieldTable<F> {
      return { owner, fields, fixed };
    },
  };
}
