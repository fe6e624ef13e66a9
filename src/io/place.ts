/** Where a file or a folder is. */
export interface Place {
  /** For people; and for the system, where there is no `rawPath`. */
  readonly path: string;
  /** The bytes of a path that is not UTF-8. */
  readonly rawPath?: Buffer;
}

/** What the functions of node:fs take. */
export function pathFor({ path, rawPath }: Place): string | Buffer {
  return rawPath ?? path;
}
