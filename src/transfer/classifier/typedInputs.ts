import { WgraftError } from "../../errors.js";
import type { ImageInput } from "./imageInput.js";
import { readPathList } from "./pathList.js";

/**
 * Images as a command line names them: paths, of which "-" is one image on standard input, which is read once.
 * @param filesFrom a file with further paths; "-" for standard input
 * @throws WgraftError `usage` for no image at all, and where standard input is a terminal or named twice
 */
export async function typedInputs(
  paths: readonly string[],
  filesFrom: string | undefined,
): Promise<ImageInput[]> {
  const uses = [...paths, filesFrom].filter((path) => path === "-").length;
  const refuse = (why: string) => new WgraftError("usage", why);
  if (uses > 1) throw refuse("standard input (-) is named more than once");
  if (uses === 1 && process.stdin.isTTY)
    throw refuse("standard input (-) is a terminal; pipe something into it");
  const listed = filesFrom && (await readPathList(filesFrom === "-" ? process.stdin : filesFrom));
  const inputs = [...paths.map((path) => (path === "-" ? process.stdin : path)), ...(listed ?? [])];
  if (inputs.length > 0) return inputs;
  throw refuse("missing required argument 'image': a file, a folder, or - for standard input");
}
