import { patientDatabase } from "./patient-database.ts";

/** By the platform's bindings, which are the same for all requests of an isolate: most of them need no database at all. */
const known = new WeakMap<Env, Env>();

/** The bindings of a handler, with databases that are asked patiently and never waited for without end. */
export function withPatience(env: Env): Env {
  const held = known.get(env);
  if (held !== undefined) return held;
  const patient = { ...env, DB: patientDatabase(env.DB), SEARCH: patientDatabase(env.SEARCH) };
  known.set(env, patient);
  return patient;
}
