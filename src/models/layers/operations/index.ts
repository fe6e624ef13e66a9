/** Keras 3's operations on tensors that a functional model may have between its layers, by their class names. */
export { Add, Maximum, Minimum, Multiply, Subtract, TrueDivide } from "./arithmetic.js";
export { Cast } from "./cast.js";
export { GetItem } from "./getItem.js";
export { Stack } from "./stack.js";
