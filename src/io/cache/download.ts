/** One file over HTTP, to be continued where it was broken off. */
import { open, stat, truncate } from "node:fs/promises";
import type { Dispatcher, Response } from "undici";
import { messageOf, throwIfAborted, WgraftError } from "../../errors.js";

export interface DownloadProgress {
  url: string;
  /** Bytes so far, those of an earlier attempt included. */
  received: number;
  /** Undefined when the server does not say. */
  total: number | undefined;
}

export interface DownloadOptions {
  onProgress?: (progress: DownloadProgress) => void;
  signal?: AbortSignal;
}

/** More than any published weights (VGG19 with its top: 575 MB). */
const MAX_BYTES = 2 ** 30;

/**
 * Through the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name (in either case), if they do. Loaded when something
 * is downloaded: Node's own `fetch` knows no proxies before version 24.
 */
async function withClient<T>(use: (fetch: Fetch) => Promise<T>): Promise<T> {
  const { EnvHttpProxyAgent, fetch } = await import("undici");
  const dispatcher: Dispatcher = new EnvHttpProxyAgent();
  try {
    return await use((url, init) => fetch(url, { ...init, dispatcher }));
  } finally {
    await dispatcher.destroy();
  }
}

interface RequestInit {
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal | null;
}
type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Downloads `url` to `path`, appending to what is there when the server can continue. Whatever stops it, `path` keeps what
 * has come, for the next attempt. Returns when the length that the server told has come.
 *
 * Throws `io` (network, HTTP status, disk) with the URL, `bad-input` for a web page in place of a file, `aborted`.
 */
export async function download(url: string, path: string, options: DownloadOptions = {}): Promise<void> {
  return withClient((fetch) => downloadBy(fetch, url, path, options));
}

async function downloadBy(
  fetch: Fetch,
  url: string,
  path: string,
  { onProgress, signal }: DownloadOptions,
): Promise<void> {
  try {
    const have = (await stat(path).catch(() => undefined))?.size ?? 0;
    const response = await request(fetch, url, have, signal);
    if (!response) return; // an earlier attempt got it all
    const continues = response.status === 206;
    if (!continues) await truncate(path, 0).catch(() => undefined); // no such file yet: nothing to truncate
    const start = continues ? have : 0;
    const total = totalOf(response, start);
    if (total !== undefined && total > MAX_BYTES)
      throw new WgraftError("io", `${url}: ${total} bytes are no weights file`);
    await save(response, path, start, (received) => {
      if (received > MAX_BYTES)
        throw new WgraftError("io", `${url}: more than ${MAX_BYTES} bytes are no weights file`);
      onProgress?.({ url, received, total });
    });
    const got = (await stat(path)).size;
    if (total !== undefined && got !== total)
      throw new Error(`the connection ended after ${got} of ${total} bytes`);
  } catch (cause) {
    throwIfAborted(signal);
    if (cause instanceof WgraftError) throw cause;
    throw new WgraftError(
      "io",
      `cannot download ${url}: ${reasonOf(cause)}; fetch it by hand, or try again to continue`,
      { cause },
    );
  }
}

/** Undefined when the `have` bytes are the whole file. */
async function request(
  fetch: Fetch,
  url: string,
  have: number,
  signal: AbortSignal | undefined,
): Promise<Response | undefined> {
  const ask = (headers: Record<string, string>) =>
    // Unencoded, so that lengths and ranges are those of the file.
    fetch(url, { headers: { "accept-encoding": "identity", ...headers }, signal: signal ?? null });
  let response = await ask(have > 0 ? { range: `bytes=${have}-` } : {});
  const range = response.headers.get("content-range");
  if (response.status === 416 && range === `bytes */${have}`) return undefined;
  const misplaced = response.status === 206 && !range?.startsWith(`bytes ${have}-`);
  if (response.status === 416 || misplaced) {
    await response.body?.cancel();
    response = await ask({});
  }
  if (response.status !== 200 && response.status !== 206) {
    await response.body?.cancel();
    throw new WgraftError("io", `cannot download ${url}: HTTP ${response.status} ${response.statusText}`);
  }
  if (response.headers.get("content-type")?.startsWith("text/html")) {
    await response.body?.cancel();
    throw new WgraftError("bad-input", `${url}: the server sent a web page instead of the file`);
  }
  return response;
}

function totalOf(response: Response, start: number): number | undefined {
  const length = Number(response.headers.get("content-length") ?? NaN);
  return Number.isSafeInteger(length) ? start + length : undefined;
}

async function save(
  response: Response,
  path: string,
  start: number,
  onReceived: (n: number) => void,
): Promise<void> {
  const file = await open(path, "a");
  try {
    let received = start;
    for await (const chunk of response.body ?? []) {
      await file.appendFile(chunk as Uint8Array);
      received += (chunk as Uint8Array).byteLength;
      onReceived(received);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error);
}
