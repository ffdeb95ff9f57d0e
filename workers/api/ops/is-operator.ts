import { eq } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { producers } from "../../catalog/schema.ts";

/** True when this producer also runs the service. */
export async function isOperator(env: Pick<Env, "DB">, producerId: string): Promise<boolean> {
  const producer = await openDatabase(env)
    .select({ isOperator: producers.isOperator })
    .from(producers)
    .where(eq(producers.id, producerId))
    .get();
  return producer?.isOperator === true;
}
