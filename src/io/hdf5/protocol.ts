/** What the thread that parses HDF5 files and the rest of the process say to each other: plain data. */

import type { Region } from "./regions.js";

/** A part of a file that is an HDF5 file itself: an entry of an archive, stored as it is. */
export interface FileRange {
  /** Bytes from the beginning of the file. */
  readonly start: number;
  readonly byteLength: number;
}

/** A file that a thread reads. */
export interface FileToRead {
  /** Absolute. */
  readonly path: string;
  readonly byteLength: number;
  /** Where the HDF5 file lies within the file at `path`. Absent: it is the whole file. */
  readonly range?: FileRange;
  /** Bytes of a length in the file, as its superblock declares. */
  readonly lengthBytes: number;
  /** Bytes that HDF5 may take, and the values of one dataset. */
  readonly memory: number;
}

export type Request =
  /** The result: an Outline. `omit`: paths of groups that nobody asks for. */
  | { readonly kind: "open"; readonly file: FileToRead; readonly omit: readonly string[] }
  /** Values of datasets, one after the other; in `into`, which is transferred, where that is large enough. */
  | {
      readonly kind: "float32";
      readonly parts: readonly { readonly path: string; readonly region: Region }[];
      readonly into?: ArrayBuffer;
    }
  | { readonly kind: "strings"; readonly path: string }
  /** The result: whether another file may be opened. */
  | { readonly kind: "close" };

export type Reply =
  /** The thread has loaded HDF5. `compiled` is h5wasm's module, where the thread had to compile it. */
  | { readonly kind: "ready"; readonly compiled: WebAssembly.Module | undefined }
  | { readonly kind: "done"; readonly result: Result }
  | {
      readonly kind: "refused";
      /** In words that follow the file's name. */
      readonly problem: string;
      /**
       * Nothing more can be read: after anything but an error that HDF5 reports itself, its memory cannot be trusted with the
       * next request.
       */
      readonly isOver: boolean;
    };

export type Result = Outline | ArrayBuffer | string[] | boolean;

/** All of a file but the values of its datasets. Objects are known by their number; the root is number 0. */
export interface Outline {
  readonly objects: readonly ObjectOutline[];
}

export type ObjectOutline =
  | GroupOutline
  | DatasetOutline
  | { readonly kind: "other" }
  /** One that HDF5 cannot read, or that was not looked at. */
  | Problem;

/** What is wrong, in words that follow the file's name. Reported when it is asked for. */
export interface Problem {
  readonly kind: "problem";
  readonly problem: string;
}

export interface GroupOutline {
  readonly kind: "group";
  readonly links: ReadonlyMap<string, number | Problem>;
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export type Attribute =
  /** In C order; a scalar is a list of one. An empty array has no type that matters. */
  | { readonly kind: "text"; readonly values: readonly string[] }
  | { readonly kind: "numbers"; readonly values: readonly number[] }
  | { readonly kind: "empty" }
  | Problem;

export interface DatasetOutline {
  readonly kind: "dataset";
  /** Where the thread finds it. */
  readonly path: string;
  readonly shape: readonly number[];
  /** "float32", "float64", "int32", "uint8"…, or "string". */
  readonly dtype: string;
  /** Elements that the thread reads in one piece. */
  readonly blockCount: number;
}
