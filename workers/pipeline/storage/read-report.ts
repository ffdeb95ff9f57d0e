import type { z } from "zod";

/** A report as it is stored in MEDIA; null where there is none, or one that can't be read: both are as good as no work. */
export async function readReport<T extends z.ZodType>(
  env: Pick<Env, "MEDIA">,
  key: string,
  schema: T,
): Promise<z.infer<T> | null> {
  const object = await env.MEDIA.get(key);
  if (object === null) return null;
  const parsed = schema.safeParse(await object.json());
  return parsed.success ? parsed.data : null;
}
