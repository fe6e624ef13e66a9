/** JSON of untrusted files. */
import { WgraftError } from "../errors.js";

/** The configuration of a ResNet-152 is 200 KB; 32 MiB is no model's. */
const MAX_CHARACTERS = 2 ** 25;
/** Models are nested at most 16 deep, of about five levels each; what walks the result recursively must not exhaust the stack. */
const MAX_DEPTH = 256;
/** A ResNet-152 has 20,000. Each value takes tens of bytes when it is parsed, and a kilobyte where a check reports it. */
const MAX_VALUES = 500_000;
/** Of a list of images, each with its name and hash: 32 MiB of them. */
export const MAX_VALUES_OF_LIST = 2_000_000;

/**
 * Parses JSON.
 * @param name what errors call the file
 * @param what it is: "model configuration"
 * @param maxValues that it may have
 * @throws WgraftError `bad-input` for what is no JSON, and for more of it than anything has
 */
export function parseJson(text: string, name: string, what: string, maxValues = MAX_VALUES): unknown {
  const bad = (why: string, cause?: unknown) =>
    new WgraftError("bad-input", `${name}: its ${what} ${why}`, { cause });
  if (text.length > MAX_CHARACTERS)
    throw bad(`has ${text.length} characters, more than the limit of ${MAX_CHARACTERS}`);
  const { depth, values } = extentOf(text);
  if (depth > MAX_DEPTH) throw bad(`is nested ${depth} deep, more than the limit of ${MAX_DEPTH}`);
  if (values > maxValues) throw bad(`has ${values} values, more than the limit of ${maxValues}`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw bad("is not valid JSON", cause);
  }
}

/** Of valid JSON: how deep it is nested, and at least how many values it has. Of anything else: some numbers. */
function extentOf(text: string): { depth: number; values: number } {
  let level = 0;
  let depth = 0;
  let values = 1;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i);
        break;
      case OPENING_BRACKET:
      case OPENING_BRACE:
        values++;
        depth = Math.max(depth, ++level);
        break;
      case CLOSING_BRACKET:
      case CLOSING_BRACE:
        level--;
        break;
      case COMMA:
        values++;
        break;
    }
  }
  return { depth, values };
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== QUOTE) i += text.charCodeAt(i) === BACKSLASH ? 2 : 1;
  return i;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
