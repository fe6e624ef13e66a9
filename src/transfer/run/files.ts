/** RUN, the folder that a training leaves: the files in it. */
import { access, constants, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { messageOf, WgraftError } from "../../errors.js";
import { statModelFile } from "../../io/regularFile.js";
import { nearChoices } from "../../options/suggest.js";

/** The folder of runs that were given none. */
export const runs = "runs";

export const modelFile = "model.h5";
export const configFile = "config.json";
export const historyFile = "history.json";
export const imagesFile = "images.json";

/** RUN/checkpoint. */
export interface CheckpointFiles {
  readonly folder: string;
  /** All that a resumed training needs. */
  readonly state: string;
  /** The model of the epoch that `state` was taken after; stock Keras loads it. */
  readonly last: string;
  /** The model of the best epoch; stock Keras loads it. */
  readonly best: string;
  /** What is to be known of the models next to it. */
  readonly config: string;
  /** Which images they were trained on. */
  readonly images: string;
}

export function checkpointFiles(run: string): CheckpointFiles {
  const folder = join(run, "checkpoint");
  const names = ["state.h5", "last.h5", "best.h5", configFile, imagesFile];
  const [state, last, best, config, images] = names.map((name) => join(folder, name));
  return { folder, state, last, best, config, images };
}

/** The state that a run is resumed from. */
export function checkpointPath(run: string): string {
  return checkpointFiles(run).state;
}

/** The model file of a run folder; any other path is that of a model file. */
export async function modelPathOf(path: string): Promise<string> {
  const isRun = await stat(join(path, modelFile)).then(
    (info) => info.isFile(),
    () => false,
  );
  return isRun ? join(path, modelFile) : path;
}

/**
 * The same, before anything is loaded or opened for it.
 * @param names that are no files but would do: those of applications
 * @throws WgraftError `bad-input` where there is no such file, with what was meant where that is near
 */
export async function existingModel(path: string, names: readonly string[] = []): Promise<string> {
  const file = await modelPathOf(path);
  await statModelFile(file).catch(async (error: unknown) => {
    const isMissing = (await stat(file).catch(() => undefined)) === undefined;
    const meant = isMissing && error instanceof WgraftError && (await nearModels(path, names));
    if (!meant) throw error;
    throw new WgraftError("bad-input", `${error.message}; did you mean ${meant}?`, { cause: error });
  });
  return file;
}

/** What is like a path: models next to it, runs where it is a name alone, and names. */
async function nearModels(path: string, names: readonly string[]): Promise<string | undefined> {
  const folder = dirname(path);
  const isName = basename(path) === path;
  const places = isName ? [folder, runs] : [folder];
  const found = await Promise.all(
    places.map(async (place) => {
      const entries = await readdir(place, { withFileTypes: true }).catch(() => []);
      const models = entries.filter((entry) => entry.isDirectory() || /\.(h5|hdf5|keras)$/.test(entry.name));
      return models.map(({ name }) => [name, join(place, name)] as const);
    }),
  );
  const paths = new Map([...(isName ? names : []).map((name) => [name, name] as const), ...found.flat()]);
  const meant = nearChoices(basename(path), [...paths.keys()]);
  return meant
    ?.split(" or ")
    .map((name) => paths.get(name) ?? name)
    .join(" or ");
}

/** Throws `io` unless RUN is a folder that can be written, or can be made. Makes nothing. */
export async function checkRunFolder(run: string): Promise<void> {
  const target = resolve(run);
  for (let at = target; ; at = dirname(at)) {
    const found = await stat(at).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw new WgraftError("io", `cannot write ${run}: ${messageOf(error)}`, { cause: error });
    });
    if (!found) continue;
    const whose = at === target ? "it" : at;
    if (!found.isDirectory())
      throw new WgraftError("io", `cannot write ${run}: ${whose} is a file, not a folder`);
    await access(at, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
      throw new WgraftError("io", `cannot write ${run}: ${whose} is not writable`, { cause });
    });
    return;
  }
}
