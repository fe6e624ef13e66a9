/** JSON in ASCII, as Python's json.dumps writes it: HDF5 text that is marked ASCII must be ASCII. */
export function toAsciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
