/** A class index file like ImageNet's, with made-up names; two classes share one, as in ImageNet. */
import { writeFile } from "node:fs/promises";

export const classIndexEntries = Array.from({ length: 1000 }, (_, i): [id: string, label: string] => [
  `n${String(i).padStart(8, "0")}`,
  i === 7 || i === 9 ? "crane" : `thing_${i}`,
]);

export function classIndexJson(): string {
  return JSON.stringify(Object.fromEntries(classIndexEntries.map((entry, i) => [String(i), entry])));
}

export async function writeClassIndex(path: string): Promise<void> {
  await writeFile(path, classIndexJson());
}
