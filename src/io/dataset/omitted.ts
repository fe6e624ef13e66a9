/** What is omitted from a dataset, counted. */
import { undecodableFormats, type UndecodableFormat } from "../images/fileNames.js";

/** Counts by reason; images of a format that cannot be decoded here by their paths. */
export interface Omitted {
  readonly counts: Readonly<Record<string, number>>;
  readonly undecodable: Readonly<Partial<Record<UndecodableFormat, readonly string[]>>>;
}

/** Names that a message gives of many. */
const someNames = 3;

export class OmittedFiles implements Omitted {
  readonly counts: Record<string, number> = {};
  readonly undecodable: Partial<Record<UndecodableFormat, string[]>> = {};

  add(reason: string, count = 1): void {
    if (count > 0) this.counts[reason] = (this.counts[reason] ?? 0) + count;
  }

  /** Counts a folder that is hidden, or that a program leaves. @returns false for any other one */
  addFolder(name: string): boolean {
    if (name !== "__MACOSX" && !name.startsWith(".")) return false;
    this.add(["__MACOSX", ".ipynb_checkpoints"].includes(name) ? `${name} folders` : "hidden folders");
    return true;
  }

  addUndecodable(format: UndecodableFormat, path: string): void {
    (this.undecodable[format] ??= []).push(path);
  }

  addAll({ counts, undecodable }: Omitted): void {
    for (const [reason, count] of Object.entries(counts)) this.add(reason, count);
    for (const [format, paths] of Object.entries(undecodable))
      for (const path of paths) this.addUndecodable(format as UndecodableFormat, path);
  }
}

/** One line that says what was omitted; undefined where nothing was. */
export function describeOmitted({ counts, undecodable }: Omitted): string | undefined {
  const parts = [
    ...Object.entries(counts).map(
      ([reason, count]) => `${count} ${count === 1 ? reason.replace(/(file|folder|image)s/, "$1") : reason}`,
    ),
    ...describeUndecodable(undecodable),
  ];
  return parts.length > 0 ? `omitted: ${parts.join("; ")}` : undefined;
}

/** "2 HEIC images (a.heic, b.heic): convert …", for each format. */
export function describeUndecodable(undecodable: Omitted["undecodable"]): string[] {
  return Object.entries(undecodable).map(([format, paths]) => {
    const { advice } = undecodableFormats[format as UndecodableFormat];
    const s = paths.length === 1 ? "" : "s";
    return `${paths.length} ${format} image${s} (${firstOf(paths, someNames)}): ${advice}`;
  });
}

/** A few of many names. */
export function firstOf(names: readonly string[], most = 5): string {
  return names.length <= most
    ? names.join(", ")
    : `${names.slice(0, most).join(", ")}, … (${names.length} in all)`;
}
