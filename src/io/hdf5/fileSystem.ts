/** Emscripten's file system below HDF5, shut to everything but the one file that is asked for. */
import { heapsIn, isWalkable } from "./globalHeap.js";
import type { FileToRead } from "./protocol.js";

/** What HDF5 uses: with h5wasm/node, the host's. */
export interface FileSystem {
  open(path: string, flags: number, mode?: number): Stream;
  close(stream: Stream): void;
  read(stream: Stream, buffer: Uint8Array, offset: number, length: number, position?: number): number;
  write(stream: Stream, buffer: Uint8Array, offset: number, length: number, position?: number): number;
  llseek(stream: Stream, offset: number, whence: number): number;
  fstat(descriptor: number): { readonly size: number };
  ErrnoError: new (errno: number) => Error;
}

export interface Stream {
  readonly fd: number;
  position: number;
}

/**
 * Lets HDF5 open the files that wgraft opens, and no other. A file may name further ones (external links, external raw data,
 * virtual datasets, filter plugins) and HDF5 follows them; an untrusted model must not read its user's files that way.
 */
export class FileSystemGuard {
  private admitted: string | undefined;
  private scratch: Stream[] = [];
  private stderr: string[] | undefined;
  private damage: string | undefined;
  private watched: Stream | undefined;

  constructor(private readonly fs: FileSystem) {
    const open = fs.open.bind(fs);
    fs.open = (path, flags, mode) => {
      // O_EXCL creates a file that did not exist: the scratch file in which HDF5 composes its error message.
      const isScratch = (flags & O_EXCL) !== 0;
      if (path !== this.admitted && !isScratch) throw new fs.ErrnoError(EACCES);
      const stream = open(path, flags, mode);
      if (isScratch) this.scratch.push(stream);
      return stream;
    };
    const write = fs.write.bind(fs);
    fs.write = (stream, buffer, offset, length, position) => {
      if (stream.fd !== STDERR) return write(stream, buffer, offset, length, position);
      // Else nobody asked: what HDF5 throws says the same.
      this.stderr?.push(Buffer.from(buffer.subarray(offset, offset + length)).toString());
      return length;
    };
  }

  /** What HDF5 prints on stderr during `action` goes to `lines`. */
  captureStderr<T>(lines: string[], action: () => T): T {
    this.stderr = lines;
    try {
      return action();
    } finally {
      this.stderr = undefined;
    }
  }

  admit<T>(path: string, open: () => T): T {
    this.admitted = path;
    try {
      return open();
    } finally {
      this.admitted = undefined;
    }
  }

  /** h5wasm throws before it closes the scratch file of an error: one descriptor for each. */
  closeScratch(): void {
    for (const stream of this.scratch.splice(0)) this.fs.close(stream);
  }

  /** What was found in the file since the last call, which HDF5 knows only as an error of input. */
  takeDamage(): string | undefined {
    const { damage } = this;
    this.damage = undefined;
    return damage;
  }

  closeWatched(): void {
    if (this.watched) this.fs.close(this.watched);
  }

  /** To be called before the file is opened: HDF5 sees only its range, and no heap that would hang it. */
  watch({ path, range, byteLength, lengthBytes }: FileToRead): void {
    const { fs } = this;
    const { start } = range ?? { start: 0 };
    const size = range?.byteLength ?? byteLength;
    const walked = new Set<number>();

    const { open, close, read, llseek, fstat } = bound(fs);
    fs.open = (name, flags, mode) => {
      const stream = open(name, flags, mode);
      if (name === path) this.watched = stream;
      return stream;
    };
    fs.close = (stream) => {
      if (stream === this.watched) this.watched = undefined;
      close(stream);
    };
    fs.fstat = (descriptor) => {
      const stat = fstat(descriptor);
      return descriptor === this.watched?.fd
        ? (Object.create(stat, { size: { value: size } }) as typeof stat)
        : stat;
    };
    fs.llseek = (stream, offset, whence) =>
      stream === this.watched && whence === SEEK_END
        ? llseek(stream, size + offset, SEEK_SET)
        : llseek(stream, offset, whence);

    const readAt = (buffer: Uint8Array, offset: number, length: number, position: number) =>
      read(this.watched!, buffer, offset, Math.max(0, Math.min(length, size - position)), start + position);
    const readBlock = (position: number, length: number) => {
      const block = Buffer.alloc(Math.max(0, Math.min(length, size - position)));
      return block.subarray(0, readAt(block, 0, block.length, position));
    };
    fs.read = (stream, buffer, offset, length, position) => {
      if (stream !== this.watched) return read(stream, buffer, offset, length, position);
      const at = position ?? stream.position;
      const count = readAt(buffer, offset, length, at);
      if (position === undefined) stream.position = at + count;
      if (length > MAX_METADATA_BYTES) return count;
      for (const found of heapsIn(Buffer.from(buffer.buffer, buffer.byteOffset + offset, count))) {
        const heap = at + found;
        if (walked.has(heap)) continue;
        if (!isWalkable(readBlock, heap, lengthBytes, size)) {
          this.damage = `its global heap at byte ${heap} is damaged`;
          throw new fs.ErrnoError(EIO);
        }
        walked.add(heap);
      }
      return count;
    };
  }
}

function bound(fs: FileSystem): Pick<FileSystem, "open" | "close" | "read" | "llseek" | "fstat"> {
  return {
    open: fs.open.bind(fs),
    close: fs.close.bind(fs),
    read: fs.read.bind(fs),
    llseek: fs.llseek.bind(fs),
    fstat: fs.fstat.bind(fs),
  };
}

/**
 * HDF5 reads a heap with what lies before it where both fit its metadata accumulator, so a heap may begin anywhere in a
 * block of that size. Larger blocks are values, but for a heap that is large itself: its first 4096 bytes are read before.
 */
const MAX_METADATA_BYTES = 2 ** 20;
const STDERR = 2;
const SEEK_SET = 0;
const SEEK_END = 2;
/** Emscripten's numbers, which are musl's and WASI's. */
const O_EXCL = 0o200;
const EACCES = 2;
const EIO = 29;
