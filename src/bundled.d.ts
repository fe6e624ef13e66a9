/** A worker's program, bundled into one text (scripts/bundledText.mjs). */
declare module "*?bundled" {
  const program: string;
  export default program;
}
