/** Values as error messages show them. */

/** Characters; more of a value does not help to find it. */
const longest = 60;

/** `"3"`, `2.5`, `NaN`, `[3, 3]`, `a function`, `a Tensor`: short, on one line. */
export function describe(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "symbol") return String(value);
  if (typeof value === "object" && value !== null) return describeObject(value);
  return shortened(typeof value === "string" ? JSON.stringify(value) : String(value));
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return shortened(`[${value.slice(0, longest).map(describe).join(", ")}]`);
  if (!isPlainObject(value)) return article(classNameOf(value.constructor) || "Object");
  const entries = Object.entries(value).map(([key, item]) => `${key}: ${describe(item)}`);
  return entries.length === 0 ? "{}" : shortened(`{ ${entries.join(", ")} }`);
}

/** Whether a value is what `{ … }` makes, here or in another realm. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Bundlers put underscores before the name of a class that refers to itself. */
export function classNameOf(constructor: { readonly name: string } | undefined): string {
  return constructor?.name.replace(/^_+/, "") ?? "";
}

/** "Tensor" → "a Tensor". */
export function article(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}

function shortened(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
