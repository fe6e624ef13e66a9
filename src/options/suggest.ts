/** Which name was meant. */
import { foreignNames } from "./foreignNames.js";
import { camelCase } from "./notation.js";

/**
 * The one of `known` that was meant by a name that is not among them: the same in another notation (`batch_size`), what
 * other libraries call it (`lr`), or one that differs by a slip of the fingers (`activaton`).
 * @param known in camelCase
 * @returns undefined where none is close
 */
export function suggestion(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => camelCase(text).toLowerCase();
  if (plain(name) === "") return undefined;
  const same = known.find((candidate) => plain(candidate) === plain(name));
  if (same) return same;
  const isCalled = (candidate: string) => (foreignNames[candidate] ?? "").split(" ").includes(plain(name));
  return known.find(isCalled) ?? closest(plain(name), known);
}

/**
 * What was meant by a value that is none of the choices: all that begin with it ("resnet50", "vgg16 or vgg19"), else one in
 * another notation (`VGG-16`) or by a slip of the fingers.
 * @returns undefined where none is near
 */
export function nearChoices(value: string, choices: readonly string[]): string | undefined {
  const begun = beginningWith(value.toLowerCase(), choices);
  return begun.length > 0 ? begun.join(" or ") : suggestion(value, choices);
}

/** The names that begin so, of three letters at least: fewer would mean nothing. */
export function beginningWith(text: string, names: readonly string[]): string[] {
  return names.filter((name) => text.length >= 3 && name.startsWith(text));
}

/** Slips that a name of some length may have: more would make another word of it. */
function mostSlips(length: number): number {
  return length < 3 ? 0 : length < 8 ? 1 : 2;
}

/** The nearest by edit distance, where one is near enough. */
export function closest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, slips: editDistance(name, camelCase(candidate).toLowerCase()) }))
    .sort((a, b) => a.slips - b.slips);
  const [best] = ranked;
  return best && best.slips <= mostSlips(name.length) ? best.candidate : undefined;
}

/** Letters to insert, delete, replace, or swap with their neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      row[j] = Math.min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (isSame ? 0 : 1));
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) row[j] = Math.min(row[j], rows[i - 2][j - 2] + 1);
    }
    rows.push(row);
  }
  return rows[a.length][b.length];
}
