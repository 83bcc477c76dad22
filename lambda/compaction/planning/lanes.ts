/** One request, and what is done with its response. */
export type Step = () => Promise<void>;

/** A sequence of steps that takes turns with others. */
export interface Lane {
  /** The next step, or undefined if there is none until a running one has ended. */
  next(): Step | undefined;
}

/**
 * Runs steps of all lanes in turn, with at most so many at a time, until no lane has any: however long a lane is, the others
 * wait for only one step of it. After the first failure no step is started, and the call rejects once the running steps have ended.
 */
export function runLanes(lanes: readonly Lane[], parallel: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let inFlight = 0;
    let turn = 0;
    let failure: { readonly error: unknown } | undefined;
    const nextStep = (): Step | undefined => {
      for (let tried = 0; tried < lanes.length; tried++) {
        const step = lanes[turn]?.next();
        turn = (turn + 1) % lanes.length;
        if (step !== undefined) return step;
      }
      return undefined;
    };
    const take = async (step: Step): Promise<void> => {
      try {
        await step();
      } catch (error) {
        failure ??= { error };
      }
      inFlight--;
      fill();
    };
    const fill = (): void => {
      while (failure === undefined && inFlight < parallel) {
        const step = nextStep();
        if (step === undefined) break;
        inFlight++;
        void take(step);
      }
      if (inFlight > 0) return;
      if (failure === undefined) resolve();
      else reject(failure.error);
    };
    fill();
  });
}

/** The items rotated: those from an index on, then those before it. @param index less than 0: from the start */
export const beginningAt = <T>(items: readonly T[], index: number): readonly T[] =>
  index <= 0 ? items : [...items.slice(index), ...items.slice(0, index)];
