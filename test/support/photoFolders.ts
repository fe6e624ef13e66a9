/** Folders of photos as people have them: from a phone, cameras, the web, macOS, Windows and Jupyter. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { drawImage, syntheticClasses } from "../../examples/synthetic/images.js";
import { writeTree } from "./images.js";

/** Like HEIC as far as its first bytes tell: nothing here can write a real one. */
const heic = Buffer.concat([
  Buffer.from([0, 0, 0, 24]),
  Buffer.from("ftypheic\0\0\0\0mif1heic", "latin1"),
  Buffer.alloc(64),
]);

/** What is to be found in a class folder. */
const good = [
  ...["photo.jpg", "PHOTO.JPG", "web.webp", "saved.jfif", "scan.tiff", "icon.png", "anim.gif", "new.avif"],
  ...["turned.jpg", "2019/nested.jpeg"],
];
/** Of each class: images that are read, and what is left out. */
export const photoFolder = {
  images: good.length + 1,
  turned: 1,
  omitted: {
    "hidden folders": 1,
    ".ipynb_checkpoints folders": 1,
    "__MACOSX folders": 1,
    "AppleDouble files (._*)": 1,
    "files of other types": 3,
  },
  undecodable: { HEIC: 1, "camera raw": 1 },
} as const;

async function bytesOf(name: string, seed: number): Promise<Buffer> {
  const kind = syntheticClasses[seed % 2];
  const { width, height, data } = drawImage(kind, 40, seed);
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  if (name.endsWith(".webp")) return image.webp().toBuffer();
  if (name.endsWith(".tiff")) return image.tiff().toBuffer();
  if (name.endsWith(".png")) return image.png().toBuffer();
  if (name.endsWith(".gif")) return image.gif().toBuffer();
  if (name.endsWith(".avif")) return image.avif({ effort: 0 }).toBuffer();
  if (name.startsWith("turned")) return image.withMetadata({ orientation: 6 }).jpeg().toBuffer();
  return image.jpeg().toBuffer();
}

/** Writes a class folder as it comes about; every image differs. */
async function writeClass(folder: string, seed: number): Promise<void> {
  for (const [i, name] of good.entries())
    await writeTree(folder, { [name]: await bytesOf(name, seed + 2 * i) });
  // A name in Latin-1, as archives of old systems unpack to.
  const latin1 = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from("\u00e9t\u00e9.jpg", "latin1")]);
  await writeFile(latin1, await bytesOf("x.jpg", seed + 100));
  const copy = await bytesOf("photo.jpg", seed);
  await writeTree(folder, {
    ".ipynb_checkpoints/photo-checkpoint.jpg": copy,
    ".thumbnails/1.jpg": copy,
    "__MACOSX/._photo.jpg": "x",
    "._photo.jpg": Buffer.from([0, 5, 22, 7]),
    "Thumbs.db": "x",
    ".DS_Store": "x",
    "notes.txt": "x",
    "IMG_0001.HEIC": heic,
    "DSC_0001.NEF": "x",
  });
}

/**
 * A folder of two classes without splits: "chiens été", whose é is one letter, and "cats".
 * @returns the names of the classes
 */
export async function writePhotoFolder(dir: string): Promise<[string, string]> {
  const names: [string, string] = ["cats", "chiens \u00e9t\u00e9"];
  for (const [i, name] of names.entries()) {
    await mkdir(join(dir, name), { recursive: true });
    await writeClass(join(dir, name), 1 + i + 1000 * i);
  }
  return names;
}

/** The same as train and Val, with the second class in NFD in Val, as macOS writes it, and unlabelled images in TEST. */
export async function writePhotoSplits(dir: string): Promise<[string, string]> {
  const names = await writePhotoFolder(join(dir, "train"));
  await writePhotoFolder(join(dir, "Val"));
  await rename(join(dir, "Val", names[1]), join(dir, "Val", names[1].normalize("NFD")));
  await writeTree(dir, {
    "TEST/1.jpg": await bytesOf("1.jpg", 7),
    "TEST/2.webp": await bytesOf("2.webp", 9),
  });
  return names;
}
