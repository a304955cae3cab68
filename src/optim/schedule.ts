/** How the learning rate changes: up in a line, then level, or down to 0 in a line or half a cosine. */
export interface Schedule {
  kind: 'constant' | 'linear' | 'cosine';
  /** Updates until the full rate; 0 if left out. */
  warmupSteps?: number;
}

/** The part of the rate that is left after `done` of the `whole` updates that follow the warm-up. */
const decays: Record<Schedule['kind'], (done: number, whole: number) => number> = {
  constant: () => 1,
  linear: (done, whole) => Math.max(0, (whole - done) / Math.max(1, whole)),
  cosine: (done, whole) => Math.max(0, 0.5 * (1 + Math.cos((Math.PI * done) / Math.max(1, whole)))),
};

/**
 * The factor on every learning rate at an update, counted from 0: update k of the warm-up has k / warmupSteps, so the
 * first has 0; then constant, a line to 0 at `totalSteps`, or half a cosine to there.
 * @see https://huggingface.co/docs/transformers/main_classes/optimizer_schedules get_*_schedule_with_warmup
 */
export function scheduleFactor(schedule: Schedule, totalSteps: number): (update: number) => number {
  const { kind, warmupSteps = 0 } = schedule;
  const decay = decays[kind];
  return (update) =>
    update < warmupSteps ? update / warmupSteps : decay(update - warmupSteps, totalSteps - warmupSteps);
}
