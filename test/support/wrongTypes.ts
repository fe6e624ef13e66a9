/** JSON in which one value after another is of a wrong type. */
import { WgraftError } from "../../src/errors.js";

/** 200 lists inside each other: less than readers refuse before they look at anything. */
const deep = JSON.parse("[".repeat(200) + "]".repeat(200)) as unknown;

const wrongValues: readonly unknown[] = [
  ...[null, true, -1, 1.5, "x", [], [[null]], {}, deep],
  { class_name: "Dense", config: {} },
];

/** The JSON with every value in turn replaced by each of many, and every field left out; `where` names the place. */
export function* withWrongTypes(json: unknown, where = "$"): Generator<{ json: unknown; where: string }> {
  for (const value of wrongValues) yield { json: value, where };
  if (typeof json !== "object" || json === null) return;
  for (const [key, inner] of Object.entries(json)) {
    const put = (value: unknown) => {
      if (Array.isArray(json)) return json.with(Number(key), value) as unknown;
      return { ...json, [key]: value };
    };
    for (const { json: changed, where: place } of withWrongTypes(inner, `${where}.${key}`))
      yield { json: put(changed), where: place };
    if (Array.isArray(json)) continue;
    const without = { ...json } as Record<string, unknown>;
    delete without[key];
    yield { json: without, where: `${where} without ${key}` };
  }
}

/** How often reading ended in either way. Throws for anything else than success and an error for the user in one line. */
export async function outcomes(
  json: unknown,
  read: (json: unknown) => unknown,
): Promise<{ read: number; refused: number }> {
  const counts = { read: 0, refused: 0 };
  for (const { json: changed, where } of withWrongTypes(json)) {
    try {
      await read(changed);
      counts.read++;
    } catch (error) {
      const shown = (JSON.stringify(changed) ?? "undefined").slice(0, 300);
      if (!(error instanceof WgraftError))
        throw new Error(`${where}: ${String(error)} for ${shown}`, { cause: error });
      const isForUser = error.code === "bad-input" || error.code === "not-supported";
      if (!isForUser || error.message.includes("\n"))
        throw new Error(`${where}: ${error.code}: ${error.message} for ${shown}`, { cause: error });
      counts.refused++;
    }
  }
  return counts;
}
