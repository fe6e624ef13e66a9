import { WgraftError } from "../../errors.js";

/** The config of a ResNet-152 is 200 KB; 32 MiB is no model's. */
const MAX_JSON_CHARACTERS = 2 ** 25;

/** Parses JSON of an untrusted file; `name` is what errors call that file. */
export function parseJson(text: string, name: string): unknown {
  if (text.length > MAX_JSON_CHARACTERS) {
    throw new WgraftError(
      "bad-input",
      `${name}: a configuration of ${text.length} characters is more than any model has`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new WgraftError("bad-input", `${name}: its model configuration is not valid JSON`, { cause });
  }
}

/** JSON in ASCII, as Python's json.dumps writes it: HDF5 text that is marked ASCII must be ASCII. */
export function toAsciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
