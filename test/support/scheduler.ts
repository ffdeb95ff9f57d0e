/** Bindings to schedulers as a test needs them. */

/** The same bindings, but the scheduler can't be reached. */
export function withoutScheduler(env: Env): Env {
  return withScheduler(env, () => {
    throw new Error("the scheduler is away");
  });
}

/** The same bindings with the scheduler that `find` returns, anew for each call. */
export function withScheduler(env: Env, find: () => ReturnType<Env["SCHEDULER"]["get"]>): Env {
  const SCHEDULER = { idFromName: (name: string) => env.SCHEDULER.idFromName(name), get: find };
  return { ...env, SCHEDULER: SCHEDULER as unknown as Env["SCHEDULER"] };
}
