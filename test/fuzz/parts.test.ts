import { fuzz } from "./fuzz.js";

fuzz(["h5 weights", "features", "state", "history", "tuning cache"]);
