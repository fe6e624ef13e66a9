import { describe, expect, test } from "vitest";
import { holdOut } from "../../../src/io/dataset/holdOut.js";
import { hashOfImage } from "../../../src/io/dataset/hash.js";
import type { SurveyedFile } from "../../../src/io/dataset/survey.js";

const image = (label: number, content: string): SurveyedFile => ({
  path: `/${label}/${content}`,
  relative: `${label}/${content}`,
  label,
  sha256: hashOfImage(Buffer.from(content)),
  orientation: 1,
  width: 2,
  height: 2,
});
const images = (label: number, count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => image(label, `${label}.${from + i}`));
const names = ["cats", "dogs"];
const pathsOf = (files: readonly SurveyedFile[]) => files.map(({ path }) => path);

describe("holdOut", () => {
  test("holds about a share of each class out, and every image is on one side", () => {
    const files = [...images(0, 1000), ...images(1, 1000)];
    const { train, validation } = holdOut(files, names, 0.2);
    expect(pathsOf([...train, ...validation]).sort()).toEqual(pathsOf(files).sort());
    for (const label of [0, 1]) {
      const held = validation.filter((file) => file.label === label).length;
      // Five standard deviations.
      expect(Math.abs(held - 200)).toBeLessThan(64);
    }
  });

  test("moves no image when ten are added, in whatever order they are", () => {
    const files = [...images(0, 60), ...images(1, 60)];
    const before = holdOut(files, names, 0.2);
    const more = [...images(1, 5, 100), ...files, ...images(0, 5, 100)].reverse();
    const after = holdOut(more, names, 0.2);
    const kept = (part: readonly SurveyedFile[]) =>
      pathsOf(part.filter((file) => files.includes(file))).sort();
    expect(kept(after.validation)).toEqual(pathsOf(before.validation).sort());
    expect(kept(after.train)).toEqual(pathsOf(before.train).sort());
  });

  test("keeps equal files on one side, across classes too", () => {
    const twins = Array.from({ length: 40 }, (_, i) => [image(0, `twin ${i}`), image(1, `twin ${i}`)]).flat();
    const { train, validation } = holdOut([...twins, ...images(0, 40)], names, 0.3);
    const hashes = new Set(validation.map(({ sha256 }) => sha256));
    expect(train.filter(({ sha256 }) => hashes.has(sha256))).toEqual([]);
  });

  test.each([0.001, 0.999])("leaves no side of a class empty (share %d)", (share) => {
    const { train, validation } = holdOut([...images(0, 3), ...images(1, 2)], names, share);
    for (const part of [train, validation]) expect(new Set(part.map(({ label }) => label)).size).toBe(2);
  });

  test("refuses a class without two different images", () => {
    for (const dogs of [images(1, 1), [image(1, "same"), image(1, "same")]])
      expect(() => holdOut([...images(0, 9), ...dogs], names, 0.2)).toThrow(
        /the class dogs needs two different images or more/,
      );
  });
});
