/** Where features are kept from one run to the next, and under which names. */
import { createHash } from "node:crypto";
import { cpus } from "node:os";
import type { ImageFile } from "../../io/dataset/folder.js";
import { decoderVersion } from "../../io/images/decode.js";
import { identityOfPlan } from "../../graph/plan/identity.js";
import type { ProgramPlan } from "../../graph/plan/programPlan.js";
import type { Variable } from "../../graph/variable.js";
import type { Device } from "../../kernels/gpu/device.js";
import { platformKey } from "../../kernels/gpu/tuning.js";
import { check } from "../../options/checks.js";
import { version } from "../../version.js";
import type { ImageSource } from "./imageSource.js";

/** Keeps values by key: `featureCache()` on disk. What it has may be gone the next time. */
export interface FeatureStore {
  has(key: string): Promise<boolean>;
  get(key: string): Promise<Float32Array | undefined>;
  /** Never rejects. */
  put(key: string, values: Float32Array): Promise<void>;
}

export const featureStore = check<FeatureStore>("a store of features, such as featureCache()", (value) => {
  const { has, get, put } = (value ?? {}) as Partial<FeatureStore>;
  return [has, get, put].every((method) => typeof method === "function");
});

/** The key of an image's features; undefined for one whose bytes have not been looked at. */
export type FeatureKey = (file: ImageFile) => string | undefined;

/**
 * Names features by all that decides their bits: the image's bytes, how they are decoded and resized, the program (kernels,
 * sizes, batch), the values of its weights, adapter, driver and versions.
 */
export async function featureKeys(
  device: Device,
  plan: ProgramPlan,
  source: ImageSource,
): Promise<FeatureKey> {
  const { info, toggles, caps } = device;
  const { text, variables } = identityOfPlan(plan);
  const hash = createHash("sha256");
  hash.update(platformKey(info, toggles, { wgraft: version("wgraft"), webgpu: version("webgpu") }));
  // A software adapter computes as the machine's processor does.
  hash.update(caps.software ? `${cpus().at(0)?.model} ${caps.subgroupSize}` : "");
  hash.update(`${await decoderVersion()} ${JSON.stringify(source.resizing)}`);
  hash.update(text);
  for (const variable of variables) hash.update(await digestOf(variable));
  const common = hash.digest("hex");
  return ({ sha256 }) =>
    sha256 === undefined ? undefined : createHash("sha256").update(`${common} ${sha256}`).digest("hex");
}

/** Reading and hashing all weights takes as long as some batches: once for each state of a variable. */
const digests = new WeakMap<Variable, { readonly version: number; readonly digest: Promise<Buffer> }>();

function digestOf(variable: Variable): Promise<Buffer> {
  const { version } = variable;
  const known = digests.get(variable);
  if (known?.version === version) return known.digest;
  const digest = digest256(variable);
  digests.set(variable, { version, digest });
  return digest;
}

async function digest256(variable: Variable): Promise<Buffer> {
  const hash = createHash("sha256");
  for await (const { buffer, byteOffset, byteLength } of variable.readParts())
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest();
}
