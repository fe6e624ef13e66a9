/** Learning-rate schedules out of files: the allow-list of what one may ask for. */
import { z } from "zod";
import { WgraftError } from "../../errors.js";
import {
  CosineDecay,
  ExponentialDecay,
  InverseTimeDecay,
  PiecewiseConstantDecay,
  PolynomialDecay,
  type LearningRateSchedule,
} from "./schedules.js";

const saved = z.looseObject({ class_name: z.string(), config: z.looseObject({}) });

const decay = z
  .object({
    initial_learning_rate: z.number(),
    decay_steps: z.number(),
    decay_rate: z.number(),
    staircase: z.boolean().optional(),
  })
  .transform((c) => ({
    initialLearningRate: c.initial_learning_rate,
    decaySteps: c.decay_steps,
    decayRate: c.decay_rate,
    staircase: c.staircase,
  }));

const polynomial = z
  .object({
    initial_learning_rate: z.number(),
    decay_steps: z.number(),
    end_learning_rate: z.number().optional(),
    power: z.number().optional(),
    cycle: z.boolean().optional(),
  })
  .transform((c) => ({
    initialLearningRate: c.initial_learning_rate,
    decaySteps: c.decay_steps,
    endLearningRate: c.end_learning_rate,
    power: c.power,
    cycle: c.cycle,
  }));

const cosine = z
  .object({
    initial_learning_rate: z.number(),
    decay_steps: z.number(),
    alpha: z.number().optional(),
    warmup_target: z.number().nullish(),
    warmup_steps: z.number().optional(),
  })
  .transform((c) => ({
    initialLearningRate: c.initial_learning_rate,
    decaySteps: c.decay_steps,
    alpha: c.alpha,
    warmupTarget: c.warmup_target ?? undefined,
    warmupSteps: c.warmup_steps,
  }));

const piecewise = z.object({ boundaries: z.array(z.number()), values: z.array(z.number()) });

/**
 * The schedule that stands for `learning_rate` in a saved `optimizer_config`.
 * @throws WgraftError `not-supported` for a class that is not in the list and for arguments that cannot be read
 */
export function scheduleFromConfig(value: unknown): LearningRateSchedule {
  const { data } = saved.safeParse(value);
  switch (data?.class_name) {
    case "PiecewiseConstantDecay":
      return new PiecewiseConstantDecay(parse(piecewise, data));
    case "ExponentialDecay":
      return new ExponentialDecay(parse(decay, data));
    case "InverseTimeDecay":
      return new InverseTimeDecay(parse(decay, data));
    case "PolynomialDecay":
      return new PolynomialDecay(parse(polynomial, data));
    case "CosineDecay":
      return new CosineDecay(parse(cosine, data));
    case undefined:
    default:
      throw new WgraftError(
        "not-supported",
        `the learning rate follows a schedule that wgraft does not have: ${data?.class_name ?? JSON.stringify(value)}`,
      );
  }
}

function parse<T>(schema: z.ZodType<T>, { class_name, config }: z.infer<typeof saved>): T {
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new WgraftError("not-supported", `schedule ${class_name}: ${path.join(".")}: ${message}`);
}
