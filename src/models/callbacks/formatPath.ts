import { WgraftError } from "../../errors.js";

/** `{{`, `}}`, or `{name}`, `{name:02d}`, `{name:.3f}`, `{name:.2e}`; a lone brace as what it must not be. */
const pieces = /\{\{|\}\}|\{(\w+)(?::(0?)(\d{0,2})(?:\.(\d{1,2}))?([dfe]?))?\}|[{}]/g;

/**
 * Fills in a path template as Python's `str.format` does, as far as numbers need it: `{epoch:02d}-{val_loss:.2f}.h5`.
 * @throws WgraftError `usage` for names that have no value and for formats other than d, f and e
 */
export function formatPath(template: string, values: Readonly<Record<string, number>>): string {
  const bad = (what: string) => new WgraftError("usage", `path template ${template}: ${what}`);
  return template.replace(
    pieces,
    (
      piece: string,
      name?: string,
      zero: string = "",
      width: string = "",
      digits: string = "",
      type: string = "",
    ) => {
      if (piece === "{{" || piece === "}}") return piece[0];
      if (name === undefined) throw bad(`${piece} begins no {name} or {name:02d} or {name:.2f}`);
      if (!Object.hasOwn(values, name)) {
        throw bad(`there is no ${name}; there are: ${Object.keys(values).join(", ")}`);
      }
      const text = formatNumber(values[name], type, digits);
      if (text === undefined) throw bad(`${piece} does not suit the value ${values[name]}`);
      return zero ? padZeros(text, Number(width)) : text.padStart(Number(width));
    },
  );
}

/** Undefined where Python would refuse, and for a precision without a type, which is another notation there. */
function formatNumber(value: number, type: string, digits: string): string | undefined {
  if (type === "d") return Number.isInteger(value) && digits === "" ? String(value) : undefined;
  if (type === "" && digits !== "") return undefined;
  if (!Number.isFinite(value)) return String(value).toLowerCase().replace("infinity", "inf");
  if (type === "f") return value.toFixed(Number(digits || 6));
  if (type === "e") return value.toExponential(Number(digits || 6)).replace(/e([+-])(\d)$/, "e$10$2");
  return String(value);
}

/** Zeros go between the sign and the digits. */
function padZeros(text: string, width: number): string {
  const sign = text.startsWith("-") ? "-" : "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}
