/** What the name of a file says about it. */

/** Endings of images that are read; the content decides how. */
export const imageEndings = [
  ...["png", "jpg", "jpeg", "jpe", "jfif", "pjpeg", "pjp", "bmp", "dib"],
  ...["ppm", "pgm", "pbm", "pnm", "tif", "tiff", "gif", "webp", "avif"],
] as const;

/** Images that cannot be decoded here, by what people call them. */
export const undecodableFormats = {
  HEIC: {
    endings: ["heic", "heif", "hif"],
    advice:
      "convert them to JPEG, on macOS with sips -s format jpeg IMG.HEIC --out IMG.jpg, elsewhere with heif-convert IMG.HEIC IMG.jpg",
  },
  "camera raw": {
    endings: ["dng", "cr2", "cr3", "nef", "arw", "orf", "rw2", "raf", "pef", "srw"],
    advice: "export them as JPEG from the program that develops them",
  },
  "JPEG XL": { endings: ["jxl"], advice: "convert them to PNG with djxl IMG.jxl IMG.png" },
  "JPEG 2000": {
    endings: ["jp2", "j2k", "jpx"],
    advice: "convert them to PNG with opj_decompress -i IMG.jp2 -o IMG.png",
  },
  Photoshop: { endings: ["psd"], advice: "export them as PNG" },
} as const satisfies Readonly<Record<string, { endings: readonly string[]; advice: string }>>;
export type UndecodableFormat = keyof typeof undecodableFormats;

const formats: ReadonlyMap<string, "image" | UndecodableFormat> = new Map([
  ...imageEndings.map((ending) => [ending, "image"] as const),
  ...Object.entries(undecodableFormats).flatMap(([format, { endings }]) =>
    endings.map((ending) => [ending, format as UndecodableFormat] as const),
  ),
]);

/** Whether a file is an image that is read, or of a format that is not; undefined for files of other types. */
export function formatOfName(name: string): "image" | UndecodableFormat | undefined {
  const ending = /\.([^.]+)$/.exec(name)?.[1];
  return ending === undefined ? undefined : formats.get(ending.toLowerCase());
}
