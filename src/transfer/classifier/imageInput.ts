/** What a classifier accepts as an image, and how it becomes pixels. */
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { messageOf, WgraftError } from "../../errors.js";
import type { ImageFile } from "../../io/dataset/folder.js";
import type { SkippedImage } from "../../io/dataset/loader.js";
import { decodeImage, type DecodedImage } from "../../io/images/decode.js";
import { channelsOf, prepareImage } from "../../io/images/prepare.js";
import { describe } from "../../options/describe.js";
import { concatenate, Tensor } from "../../tensor.js";
import type { ImageInputs, Outputs } from "./imageInputs.js";

/** A path, the bytes of an image file, a stream of them (`process.stdin`), the URL of a file, or decoded pixels. */
export type ImageInput = string | Uint8Array | AsyncIterable<Uint8Array> | URL | DecodedImage;

/** Inputs that are no files are called so in results and messages: "-" is a stream. */
export function nameOfInput(input: Exclude<ImageInput, string>, place: number): string {
  return isStream(input) ? "-" : `image ${place + 1}`;
}

/** The path of a URL of a file; every other input as it is. */
export function withoutUrl(input: ImageInput): Exclude<ImageInput, URL> {
  if (!(input instanceof URL)) return input;
  if (input.protocol === "file:") return fileURLToPath(input);
  throw notAnImage(input.href);
}

/** @param name what messages call bytes */
export async function decodedInput(given: ImageInput, exif: boolean, name?: string): Promise<DecodedImage> {
  const input = withoutUrl(given);
  if (typeof input === "string" || input instanceof Uint8Array) return decodeImage(input, { exif, name });
  if (isStream(input)) return decodeImage(await bytesOf(input), { exif, name: name ?? "-" });
  if (!isPixels(input)) throw notAnImage(describe(input));
  return input;
}

/** An input that is no file, under its name. */
export interface NamedInput {
  readonly name: string;
  readonly input: Exclude<ImageInput, string | URL>;
}

/**
 * The outputs of inputs that are no files, in batches.
 * @param onSkip gets those that do not decode; without it they are errors
 */
export async function* outputsOfInputs(
  inputs: readonly NamedInput[],
  images: ImageInputs,
  batchSize: number,
  onSkip: ((skipped: SkippedImage) => void) | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Outputs> {
  const { preparation } = images;
  const { colorMode, exif } = preparation;
  let { height, width } = preparation;
  for (let at = 0; at < inputs.length; at += batchSize) {
    const pixels: Uint8Array[] = [];
    const files: ImageFile[] = [];
    for (const { name, input } of inputs.slice(at, at + batchSize)) {
      const file = { path: name, relative: name, label: 0 };
      try {
        const image = await decodedInput(input, exif, name);
        // Where it is open, each image has its own size, and a batch is one image.
        ({ height = image.height, width = image.width } = preparation);
        pixels.push(prepareImage(image, preparation));
        files.push(file);
      } catch (error) {
        if (!onSkip || !(error instanceof WgraftError) || error.code !== "bad-input") throw error;
        onSkip({ file, error });
      }
    }
    if (files.length === 0) continue;
    const shape = [files.length, height!, width!, channelsOf(colorMode)];
    const x = new Tensor(concatenate("uint8", pixels), shape, "uint8");
    yield { outputs: await images.outputsOf(x, signal), files };
  }
}

function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return buffer(stream).catch((cause: unknown) => {
    throw new WgraftError("io", `the stream of an image could not be read: ${messageOf(cause)}`, { cause });
  });
}

function isStream(input: object): input is AsyncIterable<Uint8Array> {
  return Symbol.asyncIterator in input;
}

function isPixels(image: Partial<DecodedImage>): boolean {
  const { width = 0, height = 0, channels, data } = image;
  return (
    channels === 3 && data instanceof Uint8Array && data.length === 3 * width * height && data.length > 0
  );
}

function notAnImage(got: string): WgraftError {
  return new WgraftError(
    "usage",
    `predict: expected a path, bytes, a stream of bytes, the URL of a file, or RGB pixels { width, height, channels: 3, data }, got ${got}`,
  );
}
