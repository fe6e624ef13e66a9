#!/usr/bin/env node
/**
 * The command `wgraft`: sets the number of threads that pictures are decoded on, then hands over to the command line.
 *
 * These are libuv's threads: 4, however many cores there are, unless UV_THREADPOOL_SIZE says otherwise when the first of
 * them starts. Node's loader of ES modules starts them before it runs any module, its loader of CommonJS does not.
 */
const { availableParallelism } = require("node:os");

process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, availableParallelism()));
import("../dist/cli.js");
