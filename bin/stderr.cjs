/**
 * Keeps lines that Dawn writes about every adapter off the screen.
 *
 * Dawn prints them to file descriptor 2 itself: no callback sees them. So the descriptor becomes a FIFO, and a shell that has the
 * real stderr passes everything else on, line by line: a crash's message too, since the shell outlives this process. What Node
 * prints does not take that way: `process.stderr` writes to the real stderr.
 *
 * Descriptors are exchanged by closing one and opening another, which no other thread may come between. Therefore this runs
 * before Node starts any, and is not undone. Wherever something is missing, stderr stays as it is.
 */
const { spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { Writable } = require("node:stream");

const { O_APPEND, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants;

/** What is not passed on, as a pattern of sh. */
const omitted = '"Warning: maxDynamic"*"PerPipelineLayout artificially reduced"*';

const filter = `while IFS= read -r line || [ -n "$line" ]; do
  case $line in ${omitted}) ;; *) printf '%s\\n' "$line" ;; esac
done >&2`;

/** Takes Dawn's lines out of what this process writes to file descriptor 2. @returns whether that is possible here */
function filterStderr() {
  try {
    const detach = directStderr();
    const filter = detach && redirect();
    if (!filter) return false;
    detach(filter);
    return true;
  } catch {
    return false;
  }
}

/** What keeps the words of `process.stderr` whole once file descriptor 2 is a FIFO; undefined where nothing can. */
function directStderr() {
  const info = fs.fstatSync(2);
  if (require("node:tty").isatty(2)) {
    // libuv opens terminals again, for a descriptor of its own.
    return process.stderr._handle.fd === 2 ? undefined : () => undefined;
  }
  const flags = /^flags:\s*(\d+)/m.exec(fs.readFileSync("/proc/self/fdinfo/2", "utf8"));
  if (info.isFIFO() || (info.isFile() && parseInt(flags[1], 8) & O_APPEND)) {
    const fd = fs.openSync("/proc/self/fd/2", O_WRONLY | O_APPEND);
    return () => writeTo(fd);
  }
  // A socket cannot be opened again, and any other file would be written from its beginning: all goes through the filter, and
  // this process ends after it. With stdout in the same file, lines would change places.
  const output = fs.fstatSync(1);
  if (output.dev === info.dev && output.ino === info.ino) return undefined;
  if (!info.isFile() && !info.isSocket()) return undefined;
  return ({ ended }) => {
    writeTo(2);
    process.on("exit", () => {
      fs.closeSync(2);
      fs.readSync(ended, Buffer.alloc(1));
    });
  };
}

/** Makes `process.stderr` write to a file descriptor at once. */
function writeTo(fd) {
  const write = (chunk, _, done) => {
    try {
      for (let at = 0; at < chunk.length;) at += fs.writeSync(fd, chunk, at);
      done();
    } catch (error) {
      done(error);
    }
  };
  const value = new Writable({ decodeStrings: true, write });
  Object.defineProperty(process, "stderr", { configurable: true, enumerable: true, value });
}

/**
 * Makes file descriptor 2 a FIFO that the filter reads.
 * @returns `ended`, which can be read to its end when the filter has ended; undefined where there is no filter
 */
function redirect() {
  const folder = fs.mkdtempSync(join(tmpdir(), "wgraft-"));
  const paths = ["lines", "ended"].map((name) => join(folder, name));
  try {
    if (spawnSync("mkfifo", ["-m", "600", ...paths]).status !== 0) return undefined;
    // Opened for both, a FIFO does not wait for its other end.
    const both = paths.map((path) => fs.openSync(path, O_RDWR));
    const [lines, ended] = paths.map((path) => fs.openSync(path, O_RDONLY));
    // In a session of its own: Ctrl-C is for this process, and ends the filter by ending this one.
    const stdio = [lines, "ignore", 2, both[1]];
    const child = spawn("/bin/sh", ["-c", filter], { detached: true, stdio });
    child.on("error", () => undefined);
    child.unref();
    fs.closeSync(lines);
    if (child.pid !== undefined) {
      fs.closeSync(2);
      // The lowest free number is taken: 2.
      fs.openSync(`/proc/self/fd/${both[0]}`, O_WRONLY);
    }
    for (const fd of both) fs.closeSync(fd);
    return child.pid === undefined ? undefined : { ended };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

module.exports = { filterStderr };
