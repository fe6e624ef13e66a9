/** A walk through a file's groups, link by link: no link is followed before it was looked at. */
import type { GroupOutline, ObjectOutline, Outline, Problem } from "../protocol.js";
import { readAttributes } from "./attributes.js";
import { Dataset } from "./dataset.js";
import type { OpenFile } from "./openFile.js";
import { Refusal } from "./refusal.js";

/** Ten times what the largest model of keras.applications has, its optimizer included. */
const MAX_LINKS = 100_000;
/** HDF5 finds an object by walking from the root, once for each group on the way: the work grows with the cube of the depth. */
const MAX_DEPTH = 64;
const MAX_PATH_LENGTH = 4096;

export interface Contents {
  readonly outline: Outline;
  /** By the paths that the outline has for them. */
  readonly datasets: ReadonlyMap<string, Dataset>;
}

/**
 * @param omit paths of groups that nobody asks for
 * @throws Refusal for a file of more links than a model has
 */
export function walk(file: OpenFile, omit: readonly string[]): Contents {
  return new Walk(file, omit).contents();
}

class Walk {
  private readonly objects: ObjectOutline[] = [];
  private readonly datasets = new Map<string, Dataset>();
  /** Addresses of the groups. */
  private readonly known = new Set<string>();
  private links = 0;

  constructor(
    private readonly file: OpenFile,
    private readonly omit: readonly string[],
  ) {}

  contents(): Contents {
    this.visit("/", 0);
    return { outline: { objects: this.objects }, datasets: this.datasets };
  }

  /** Returns the object's number. */
  private visit(path: string, depth: number): number {
    const number = this.objects.push({ kind: "other" }) - 1;
    this.objects[number] = refusalAsProblem(() => this.describe(path, depth));
    return number;
  }

  private describe(path: string, depth: number): ObjectOutline {
    const { file } = this;
    const type =
      path === "/" ? file.module.H5G_GROUP : file.read(path, () => file.module.get_type(file.id, path));
    if (type === file.module.H5G_DATASET) return this.dataset(path);
    if (type !== file.module.H5G_GROUP || this.omit.includes(path)) return { kind: "other" };
    this.enter(path);
    const names = file.read(path, () => file.module.get_names(file.id, path, false));
    this.links += names.length;
    if (this.links > MAX_LINKS) throw new TooManyLinks(`has more than ${MAX_LINKS} groups and datasets`);
    const links: GroupOutline["links"] = new Map(
      names.map((name) => [name, refusalAsProblem(() => this.follow(join(path, name), depth + 1))]),
    );
    return { kind: "group", links, attributes: readAttributes(file, path) };
  }

  private follow(path: string, depth: number): number {
    const { file } = this;
    if (depth > MAX_DEPTH) throw new Refusal(`has groups more than ${MAX_DEPTH} deep`);
    if (path.length > MAX_PATH_LENGTH)
      throw new Refusal(`has paths of more than ${MAX_PATH_LENGTH} characters`);
    const isHard = file.read(path, () => {
      const isExternal = file.module.get_external_link(file.id, path).filename !== undefined;
      return !isExternal && file.module.get_symbolic_link(file.id, path) === null;
    });
    if (!isHard)
      throw new Refusal(`${path} is a soft or external link; Keras writes none, and wgraft follows none`);
    return this.visit(path, depth);
  }

  private dataset(path: string): ObjectOutline {
    const dataset = new Dataset(this.file, path);
    this.datasets.set(path, dataset);
    return dataset.outline();
  }

  /** A group that contains itself is a tree without an end, or larger than its file. */
  private enter(path: string): void {
    const { file } = this;
    const address = file.read(path, () => file.module.create_object_reference(file.id, path)).join(" ");
    if (this.known.has(address))
      throw new Refusal(
        `${path} is a second link to another group; Keras writes none, and wgraft follows none`,
      );
    this.known.add(address);
  }
}

/** Ends the walk. */
class TooManyLinks extends Refusal {}

function refusalAsProblem<T>(action: () => T): T | Problem {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof Refusal) || error instanceof TooManyLinks) throw error;
    return { kind: "problem", problem: error.message };
  }
}

function join(path: string, name: string): string {
  return path === "/" ? `/${name}` : `${path}/${name}`;
}
