/** A list of paths, as `find` writes it. */
import { createReadStream } from "node:fs";
import { text } from "node:stream/consumers";
import { messageOf, WgraftError } from "../../errors.js";

/**
 * Paths of images or folders, one a line; with a NUL in them, as `find -print0` writes it, one between two NULs.
 * @param source a file, or a stream such as `process.stdin`
 * @throws WgraftError `bad-input` for a list of none, and a file that cannot be read
 * @example
 * const pets = await Classifier.open("runs/vgg16-1");
 * for await (const { file, label } of pets.predictFiles(await readPathList("list.txt"))) console.log(file, label);
 */
export async function readPathList(source: string | NodeJS.ReadableStream): Promise<string[]> {
  const name = typeof source === "string" ? source : "-";
  const list = await text(typeof source === "string" ? createReadStream(source) : source).catch(
    (cause: unknown) => {
      throw new WgraftError("bad-input", `${name}: the list of paths cannot be read: ${messageOf(cause)}`, {
        cause,
      });
    },
  );
  const paths = list.split(list.includes("\0") ? "\0" : /\r?\n/).filter((path) => path !== "");
  if (paths.length === 0) throw new WgraftError("bad-input", `${name}: the list of paths is empty`);
  return paths;
}
