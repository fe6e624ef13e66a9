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
    if (!detach || !redirect()) return false;
    detach();
    return true;
  } catch {
    return false;
  }
}

/** A function that makes `process.stderr` independent of file descriptor 2; undefined where that cannot be. */
function directStderr() {
  const info = fs.fstatSync(2);
  if (require("node:tty").isatty(2)) {
    // libuv opens terminals again, for a descriptor of its own.
    return process.stderr._handle.fd === 2 ? undefined : () => undefined;
  }
  // A file has to be appended to: opened again, it would be written from its beginning.
  const flags = /^flags:\s*(\d+)/m.exec(fs.readFileSync("/proc/self/fdinfo/2", "utf8"));
  const isAppended = info.isFile() && (parseInt(flags[1], 8) & O_APPEND) !== 0;
  if (!info.isFIFO() && !isAppended) return undefined;
  const fd = fs.openSync("/proc/self/fd/2", O_WRONLY | O_APPEND);
  return () => {
    const stream = new Writable({ decodeStrings: true, write: (chunk, _, done) => done(write(fd, chunk)) });
    Object.defineProperty(process, "stderr", { configurable: true, enumerable: true, value: stream });
  };
}

/** @returns the error, where there is one */
function write(fd, chunk) {
  try {
    for (let at = 0; at < chunk.length;) at += fs.writeSync(fd, chunk, at);
    return null;
  } catch (error) {
    return error;
  }
}

/** Makes file descriptor 2 a FIFO that the filter reads. */
function redirect() {
  const folder = fs.mkdtempSync(join(tmpdir(), "wgraft-"));
  try {
    const path = join(folder, "stderr");
    if (spawnSync("mkfifo", ["-m", "600", path]).status !== 0) return false;
    // Opened for both, it does not wait for a reader.
    const both = fs.openSync(path, O_RDWR);
    const reader = fs.openSync(path, O_RDONLY);
    // In a session of its own: Ctrl-C is for this process, and ends the filter by ending this one.
    const child = spawn("/bin/sh", ["-c", filter], { detached: true, stdio: [reader, "ignore", 2] });
    child.on("error", () => undefined);
    child.unref();
    fs.closeSync(reader);
    if (child.pid !== undefined) {
      fs.closeSync(2);
      // The lowest free number is taken: 2.
      fs.openSync(`/proc/self/fd/${both}`, O_WRONLY);
    }
    fs.closeSync(both);
    return child.pid !== undefined;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

module.exports = { filterStderr };
