#!/usr/bin/env node
/**
 * The command `wgraft`: sets the number of threads that images are decoded on, then hands over to the command line.
 *
 * These are libuv's threads: 4, however many cores there are, unless UV_THREADPOOL_SIZE says otherwise when the first of
 * them starts. Node's loader of ES modules starts them before it runs any module, its loader of CommonJS does not.
 */
const { availableParallelism } = require("node:os");
const { filterStderr } = require("./stderr.cjs");

process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, availableParallelism()));
const args = process.argv.slice(2);
const showsAll = ["--verbose", "--help", "-h", "--version", "-V"].some((flag) => args.includes(flag));
if (process.platform === "linux" && args.length > 0 && !showsAll) filterStderr();
import("../dist/cli.js");
