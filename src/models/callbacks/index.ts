/** Callbacks by Keras's names. */
export { CSVLogger, type CSVLoggerOptions } from "./csvLogger.js";
export { EarlyStopping, type EarlyStoppingOptions } from "./earlyStopping.js";
export { LearningRateScheduler } from "./learningRateScheduler.js";
export { ModelCheckpoint, type ModelCheckpointOptions } from "./modelCheckpoint.js";
export type { MonitorMode, MonitorOptions } from "./monitor.js";
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./reduceLROnPlateau.js";
export { TensorBoard, type TensorBoardOptions } from "./tensorBoard.js";
export { TerminateOnNaN } from "./terminateOnNaN.js";
