/** Attributes of an op that has none: `{}`. */
export type NoAttrs = Record<string, never>;
