/** RUN/images.json: which images a run was trained and validated on, by path and content. */
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { WgraftError } from "../../errors.js";
import { splitNames } from "../../io/dataset/layout.js";
import { MAX_VALUES_OF_LIST, parseJson } from "../../io/json.js";
import { imagesFile } from "./files.js";

/** An image: its path below the split's folder, the sha256 of its bytes, and EXIF's orientation where that is not 1. */
const imageSchema = z.union([
  z.tuple([z.string(), z.string()]),
  z.tuple([z.string(), z.string(), z.number().int()]),
]);
const schema = z.object({
  /** The folder, or the features file. */
  from: z.string(),
  splits: z.partialRecord(z.enum(splitNames), z.array(imageSchema)),
});
export type RunImages = z.infer<typeof schema>;

/** Of a record with so many images. */
export function recordedImages(
  from: string,
  splits: readonly {
    readonly name: string;
    readonly files: readonly {
      readonly relative: string;
      readonly sha256: string;
      readonly orientation: number;
    }[];
  }[],
): RunImages {
  const lists = splits.map(({ name, files }) => [
    name,
    files.map(({ relative, sha256, orientation }) =>
      orientation === 1 ? [relative, sha256] : [relative, sha256, orientation],
    ),
  ]);
  return { from, splits: Object.fromEntries(lists) as RunImages["splits"] };
}

/** A line for each image, so that the file can be read and compared. */
export function imagesJson({ from, splits }: RunImages): string {
  const parts = Object.entries(splits).map(
    ([name, images]) =>
      `    ${JSON.stringify(name)}: [\n${images.map((image) => `      ${JSON.stringify(image)}`).join(",\n")}\n    ]`,
  );
  return `{\n  "from": ${JSON.stringify(from)},\n  "splits": {\n${parts.join(",\n")}\n  }\n}\n`;
}

/**
 * The record next to a model.
 * @returns undefined where there is none
 * @throws WgraftError `bad-input` for one that cannot be read
 */
export async function readRunImages(modelPath: string): Promise<RunImages | undefined> {
  const path = join(dirname(modelPath), imagesFile);
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) return undefined;
  const text = await readFile(path, "utf8");
  const { data, error } = schema.safeParse(parseJson(text, path, "list of images", MAX_VALUES_OF_LIST));
  if (data) return data;
  throw new WgraftError("bad-input", `${path}: is not a list of images: ${error.issues[0].message}`);
}
