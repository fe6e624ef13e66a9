/** Settings as a table: nested ones by their path. */
import { markup, type Html } from "../html.js";
import { table } from "../parts.js";

export type Settings = Readonly<Record<string, unknown>>;

/** Text of a setting; null where it has no value. */
function settingText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one !== "object"))
    return value.join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Each setting by its name, those of an object inside by theirs: "augment.rotationRange". */
export function flatSettings(settings: Settings, prefix = ""): [name: string, text: string | null][] {
  return Object.entries(settings).flatMap(([name, value]): [string, string | null][] => {
    const isGroup = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isGroup && Object.keys(value).length > 0) return flatSettings(value as Settings, `${prefix}${name}.`);
    return [[prefix + name, isGroup ? "none" : settingText(value)]];
  });
}

export function settingsTable(settings: Settings, caption: string): Html {
  const rows = flatSettings(settings).map(([name, text]) => [markup`<code>${name}</code>`, text ?? "–"]);
  return table({ caption, label: caption, kind: "settings", rows });
}
