import { fuzz } from "./fuzz.js";

fuzz(["h5 model", "h5 newest layout", ".keras", "config JSON", "history", "image"]);
