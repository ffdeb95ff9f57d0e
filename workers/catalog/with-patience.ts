import { patientDatabase } from "./patient-database.ts";

/** The bindings of a handler, with databases that are asked patiently and never waited for without end. */
export function withPatience(env: Env): Env {
  return { ...env, DB: patientDatabase(env.DB), SEARCH: patientDatabase(env.SEARCH) };
}
