import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { writeWeightsFile } from "../../../src/io/keras/writeModel.js";
import {
  cachedFile,
  cachedWeights,
  sha256OfFile,
  type CacheOptions,
  type PublishedWeights,
} from "../../../src/io/cache/weightsCache.js";

const NAME = "some_weights.h5";

let kerasHome: string;
let models: string;
let content: Buffer;
let server: Server;
let baseUrl: string;
let requests: IncomingMessage[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  kerasHome = await mkdtemp(join(tmpdir(), "wgraft-test-"));
  models = join(kerasHome, "models");
  const kernel = { name: "conv1/kernel:0", shape: [50_000], data: new Float32Array(50_000).fill(0.5) };
  await writeWeightsFile(join(kerasHome, "source.h5"), [{ name: "conv1", weights: [kernel] }]);
  content = await readFile(join(kerasHome, "source.h5"));
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"]) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
  requests = [];
  answer = serveRanges;
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(kerasHome, { recursive: true });
});

function serveRanges(request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (start >= content.length) {
    response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
    return;
  }
  const body = content.subarray(start);
  const range = { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` };
  response
    .writeHead(start > 0 ? 206 : 200, { "content-length": body.length, ...(start > 0 && range) })
    .end(body);
}

const resolve = (options: CacheOptions = {}, file: Partial<PublishedWeights> = {}) =>
  cachedWeights({ name: NAME, url: `${baseUrl}some/${NAME}`, ...file }, { kerasHome, ...options });
const half = () => content.subarray(0, content.length / 2);

describe("a download", () => {
  it("comes to its place whole, tells its progress, and is not repeated", async () => {
    const received: number[] = [];
    const path = await resolve({
      onProgress: (p) => (expect(p.total).toBe(content.length), received.push(p.received)),
    });
    expect(path).toBe(join(models, NAME));
    expect((await readFile(path)).equals(content)).toBe(true);
    expect(received.at(-1)).toBe(content.length);
    expect(requests.map((r) => r.url)).toEqual([`/some/${NAME}`]);
    expect(await resolve()).toBe(path);
    expect(requests).toHaveLength(1);
    expect(await readdir(models)).toEqual([NAME, `${NAME}.sha256`]);
  });

  it("goes on where it was broken off", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(half(), () => response.destroy());
    };
    await expect(resolve()).rejects.toMatchObject({
      code: "io",
      message: expect.stringContaining("try again") as string,
    });
    expect(await readdir(models)).toEqual([`${NAME}.part`]);
    answer = serveRanges;
    const received: number[] = [];
    expect(
      (await readFile(await resolve({ onProgress: (p) => received.push(p.received) }))).equals(content),
    ).toBe(true);
    expect(requests[1].headers.range).toBe(`bytes=${half().length}-`);
    expect(received[0]).toBeGreaterThan(half().length);
  });

  it.each<[string, typeof answer]>([
    [
      "knows no ranges",
      (_, response) => response.writeHead(200, { "content-length": content.length }).end(content),
    ],
    [
      "sends another range",
      (request, response) =>
        request.headers.range
          ? response
              .writeHead(206, { "content-range": `bytes 0-9/${content.length}` })
              .end(content.subarray(0, 10))
          : response.end(content),
    ],
  ])("starts over when the server %s", async (_, serve) => {
    await mkdir(models);
    await writeFile(join(models, `${NAME}.part`), half());
    answer = serve;
    expect((await readFile(await resolve())).equals(content)).toBe(true);
  });

  it("that was complete but not moved is not fetched again", async () => {
    await mkdir(models);
    await writeFile(join(models, `${NAME}.part`), content);
    expect((await readFile(await resolve())).equals(content)).toBe(true);
    expect(requests).toHaveLength(1);
  });

  it("stops on abort and keeps what has come", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(half());
    };
    const controller = new AbortController();
    const pending = resolve({ signal: controller.signal, onProgress: () => controller.abort() });
    await expect(pending).rejects.toMatchObject({ code: "aborted" });
    expect(await readdir(models)).toEqual([`${NAME}.part`]);
    await expect(resolve({ signal: controller.signal })).rejects.toMatchObject({ code: "aborted" });
    expect(requests).toHaveLength(1);
  });
});

describe("a file of another kind", () => {
  const text = '{"0": ["n01440764", "tench"]}';
  const md5 = createHash("md5").update(text).digest("hex");
  const file = (hash: string) => ({ name: "index.json", url: `${baseUrl}data/index.json`, md5: hash });

  it("is fetched once, and known by its hash", async () => {
    content = Buffer.from(text);
    const path = await cachedFile(file(md5), "class index", { kerasHome });
    expect(path).toBe(join(models, "index.json"));
    expect(await readFile(path, "utf8")).toBe(text);
    expect(await cachedFile(file(md5), "class index", { kerasHome, offline: true })).toBe(path);
    expect(requests.map((r) => r.url)).toEqual(["/data/index.json"]);
  });

  it("with another hash is refused and removed", async () => {
    content = Buffer.from(text);
    const other = "0".repeat(32);
    await expect(cachedFile(file(other), "class index", { kerasHome })).rejects.toMatchObject({
      code: "bad-input",
      message: `${join(models, "index.json.part")} is not the published file: its md5 is ${md5}, not ${other}; it was deleted; try again`,
    });
    expect(await readdir(models)).toEqual([]);
  });
});

describe("a download is refused", () => {
  it("with the URL, when there is no such file", async () => {
    answer = (_, response) => response.writeHead(404).end();
    await expect(resolve()).rejects.toMatchObject({
      code: "io",
      message: `cannot download ${baseUrl}some/${NAME}: HTTP 404 Not Found`,
    });
  });

  it("when a web page comes instead, whether it says so or not", async () => {
    answer = (_, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<html>login</html>");
    await expect(resolve()).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringContaining("web page") as string,
    });
    answer = (_, response) => response.end("<html>login</html>");
    await expect(resolve()).rejects.toThrow(/HTML page/);
    expect(await readdir(models)).toEqual([]);
  });

  it("when its md5 is another, and is deleted", async () => {
    const md5 = "6d6bbae143d832006294945121d1f1fc";
    await expect(resolve({}, { md5 })).rejects.toMatchObject({
      code: "bad-input",
      expected: md5,
      got: createHash("md5").update(content).digest("hex"),
    });
    expect(await readdir(models)).toEqual([]);
  });

  it("when nobody answers", async () => {
    await expect(resolve({}, { url: "http://127.0.0.1:1/" })).rejects.toMatchObject({
      code: "io",
      message: expect.stringContaining("cannot download http://127.0.0.1:1/") as string,
    });
  });
});

describe("without a download", () => {
  it("says where it looked and what to fetch by hand", async () => {
    await expect(resolve({ offline: true })).rejects.toMatchObject({
      code: "io",
      message: `no weights at ${join(models, NAME)}, and downloads are off; fetch ${baseUrl}some/${NAME} by hand and put it there`,
    });
  });

  it("leaves a file alone that is not the published one", async () => {
    await mkdir(models);
    const path = join(models, NAME);
    await writeFile(path, content);
    await expect(resolve({}, { md5: "cbe5617147190e668d6c5d5026f83318" })).rejects.toThrow(
      /delete it to download it again/,
    );
    expect((await readFile(path)).equals(content)).toBe(true);
    expect(requests).toHaveLength(0);
  });
});

it("hashes files", async () => {
  const path = join(kerasHome, "abc");
  await writeFile(path, "abc");
  expect(await sha256OfFile(path)).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  await expect(sha256OfFile(join(kerasHome, "nowhere"))).rejects.toMatchObject({ code: "bad-input" });
});

describe("a proxy", () => {
  /** A proxy that tunnels, and what it was asked to connect to. */
  async function withProxy<T>(use: (url: string, asked: string[]) => Promise<T>): Promise<T> {
    const asked: string[] = [];
    const proxy = createServer().on("connect", (request: IncomingMessage, client: Socket, head: Buffer) => {
      asked.push(request.url!);
      const [host, port] = request.url!.split(":");
      const target = connect(Number(port), host, () => {
        client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        target.write(head);
        target.pipe(client).pipe(target);
      });
      target.on("error", () => client.destroy());
      client.on("error", () => target.destroy());
    });
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
    try {
      return await use(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked);
    } finally {
      proxy.closeAllConnections();
      await new Promise((done) => proxy.close(done));
    }
  }

  it("is gone through where HTTP_PROXY names one, and not to hosts in NO_PROXY", async () => {
    await withProxy(async (url, asked) => {
      vi.stubEnv("HTTP_PROXY", url);
      vi.stubEnv("NO_PROXY", "example.org");
      const path = await resolve();
      expect((await readFile(path)).equals(content)).toBe(true);
      expect(asked).toEqual([new URL(baseUrl).host]);
      vi.stubEnv("NO_PROXY", "example.org,127.0.0.1");
      await rm(path);
      await resolve();
      expect(asked).toHaveLength(1);
      expect(requests).toHaveLength(2);
    });
  });

  it("that does not answer is a failure that names the URL", async () => {
    vi.stubEnv("HTTP_PROXY", "http://127.0.0.1:1");
    await expect(resolve()).rejects.toMatchObject({
      code: "io",
      message: expect.stringContaining(`cannot download ${baseUrl}some/${NAME}`) as string,
    });
  });
});

describe("a file without a published hash", () => {
  it("has its sha256 noted, kept next to it, and checked from then on", async () => {
    const notes: string[] = [];
    const onNote = (note: string) => notes.push(note);
    const path = await resolve({ onNote });
    const sha256 = await sha256OfFile(path);
    expect(notes).toEqual([expect.stringContaining(`its sha256 is ${sha256}: kept in ${path}.sha256`)]);
    expect(await readFile(`${path}.sha256`, "utf8")).toBe(`${sha256}  ${NAME}\n`);
    await resolve({ onNote });
    expect(notes).toHaveLength(1);
    const kernel = { name: "conv1/kernel:0", shape: [2], data: new Float32Array(2) };
    await writeWeightsFile(path, [{ name: "conv1", weights: [kernel] }]);
    await expect(resolve({ onNote })).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(/is another file than when it was first used: its sha256 is/) as string,
    });
  });

  it("must have the sha256 that is given", async () => {
    const wrong = "0".repeat(64);
    await expect(resolve({ sha256: wrong })).rejects.toMatchObject({ code: "bad-input", expected: wrong });
    expect(await readdir(models)).toEqual([]);
    const right = await sha256OfFile(join(kerasHome, "source.h5"));
    expect(await resolve({ sha256: right.toUpperCase() })).toBe(join(models, NAME));
  });
});
