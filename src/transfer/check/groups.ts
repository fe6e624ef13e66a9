/** Images that belong together: of the same bytes, or found similar. */
import type { InspectedFile } from "../../io/dataset/inspect.js";
import type { CheckedImage, ImageGroup, NearGroup } from "../../io/report/dataCheck.js";
import type { SimilarPair } from "./similar.js";

/** An inspected file and its place in the dataset. */
export interface CheckedFile extends InspectedFile {
  readonly split: string;
  readonly class: string;
}

export function checkedImage({ path, split, class: name }: CheckedFile): CheckedImage {
  return { file: path, split, class: name };
}

/** Files by content, in the order of the first of each. */
export function byContent(files: readonly CheckedFile[]): CheckedFile[][] {
  const groups = new Map<string, CheckedFile[]>();
  for (const file of files) groups.set(file.sha256, [...(groups.get(file.sha256) ?? []), file]);
  return [...groups.values()];
}

export function groupOf(files: readonly CheckedFile[]): ImageGroup {
  const differs = (key: "split" | "class") => files.some((file) => file[key] !== files[0][key]);
  return { images: files.map(checkedImage), acrossSplits: differs("split"), acrossClasses: differs("class") };
}

/** Pairs that were found by one means. */
export interface FoundPairs {
  readonly by: NearGroup["by"][number];
  readonly pairs: readonly SimilarPair[];
}

/**
 * Contents that are connected by similar pairs, as groups; the most similar first.
 * @param contents files of the same bytes each, which pairs count
 */
export function nearGroups(
  contents: readonly (readonly CheckedFile[])[],
  found: readonly FoundPairs[],
): NearGroup[] {
  const roots = connected(contents.length, found);
  const groups = new Map<number, { members: number[]; similarity: number; by: Set<FoundPairs["by"]> }>();
  for (const [i, root] of roots.entries()) {
    const group = groups.get(root) ?? { members: [], similarity: -1, by: new Set() };
    group.members.push(i);
    groups.set(root, group);
  }
  for (const { by, pairs } of found)
    for (const { a, similarity } of pairs) {
      const group = groups.get(roots[a])!;
      group.similarity = Math.max(group.similarity, similarity);
      group.by.add(by);
    }
  return [...groups.values()]
    .filter(({ members }) => members.length > 1)
    .sort((a, b) => b.similarity - a.similarity)
    .map(({ members, similarity, by }) => ({
      ...groupOf(members.flatMap((i) => contents[i])),
      ...{ similarity, by: [...by] },
    }));
}

/** For each of n things the first of those that it is connected with. */
export function connected(n: number, found: readonly FoundPairs[]): number[] {
  const above = Array.from({ length: n }, (_, i) => i);
  const rootOf = (i: number): number => {
    while (above[i] !== i) i = above[i] = above[above[i]];
    return i;
  };
  for (const { a, b } of found.flatMap(({ pairs }) => pairs)) {
    const [first, second] = [rootOf(a), rootOf(b)].sort((x, y) => x - y);
    above[second] = first;
  }
  return above.map((_, i) => rootOf(i));
}
