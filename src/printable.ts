/** Text that may come from an untrusted file, for a terminal. */

/** Names and messages of sound files are shorter. */
const MAX_LENGTH = 4000;
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Makes characters visible that would move the cursor, change colours or reorder text; line feeds and tabs stay. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** One line, of a length that a person reads. */
export function oneLine(text: string): string {
  const line = printable(text.trim().replace(/\s*[\r\n\u2028\u2029]\s*/g, " "));
  if (line.length <= MAX_LENGTH) return line;
  return `${line.slice(0, MAX_LENGTH / 2)} … ${line.slice(-MAX_LENGTH / 2)}`;
}
