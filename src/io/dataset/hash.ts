import { createHash } from "node:crypto";

/** The sha256 of an image's bytes, in hexadecimal. */
export function hashOfImage(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
