/** What a user's own layer describes its options with: checks, and fields of tables. */
export {
  callback,
  check,
  either,
  flag,
  instanceOf,
  integer,
  listOf,
  number,
  oneOf,
  pairOf,
  positiveInteger,
  text,
  type Bounds,
  type Check,
} from "./checks.js";
export { checkOptions } from "./checkOptions.js";
export {
  fixed,
  ignored,
  nullable,
  onlyRead,
  optional,
  optionsOf,
  required,
  type Arguments,
  type Field,
  type FieldTable,
  type FixedArgument,
} from "./fields.js";
