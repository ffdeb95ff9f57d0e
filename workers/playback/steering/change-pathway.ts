/** An operator's changes to pathways: reads and writes them. */
import { eq } from "drizzle-orm";
import { z } from "zod";
import { openDatabase } from "../../catalog/database.ts";
import { pathways } from "../../catalog/schema.ts";
import { isCountryCode } from "../../shared/countries.ts";
import { withoutLast } from "../../shared/without-last.ts";
import { edgePathway } from "./pathway.ts";

/** Pathways of a service; more would make every steering manifest long. */
export const maxPathways = 50;

/** PATHWAY-ID: characters that every player accepts (draft-pantos-hls-rfc8216bis §4.4.6.2). */
export const pathwayId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,31}$/, "must be 1 to 32 of a-z, 0-9, dot, dash and underscore")
  .refine((id) => id !== edgePathway, `must not be "${edgePathway}", which is the service's own`);

const baseUrl = z
  .string("must be a URL")
  .max(200, "may have at most 200 characters")
  .transform((text, ctx) => {
    const url = URL.parse(text);
    const isPlain =
      url !== null && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
    if (!isPlain || text.includes("?") || text.includes("#")) {
      ctx.addIssue({ code: "custom", message: "must be a URL without a user, a query and a fragment" });
      return z.NEVER;
    }
    if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
      ctx.addIssue({ code: "custom", message: "must begin with https://" });
      return z.NEVER;
    }
    return withoutLast(url.href, "/");
  });

/** The body of `PUT /v1/ops/pathways/{id}`: all of a pathway. */
export const pathwayBody = z.strictObject({
  base_url: baseUrl,
  countries: z
    .array(z.string().refine(isCountryCode, "must be an ISO 3166-1 alpha-2 country code, for example DE"))
    .min(1, "must name a country; use null for everywhere")
    .max(300, "has too many entries")
    .transform((codes) => [...new Set(codes)].toSorted())
    .nullable()
    .default(null),
  asns: z
    .array(z.int().min(1).max(4_294_967_295))
    .min(1, "must name a network; use null for every network")
    .max(1000, "has too many entries")
    .transform((asns) => [...new Set(asns)].toSorted((a, b) => a - b))
    .nullable()
    .default(null),
  priority: z.int().min(-1000).max(1000),
  ttl_seconds: z.int().min(5).max(86_400).default(300),
  enabled: z.boolean().default(true),
});

/** See {@link pathwayBody}. */
export type PathwayBody = z.infer<typeof pathwayBody>;

/** Writes a pathway whole. @param now Unix ms @returns whether it is new; null when there are too many to make one */
export async function putPathway(
  env: Pick<Env, "DB">,
  id: string,
  body: PathwayBody,
  now: number,
): Promise<{ isNew: boolean } | null> {
  const db = openDatabase(env);
  const rows = await db.select({ id: pathways.id }).from(pathways);
  const isNew = rows.every((row) => row.id !== id);
  if (isNew && rows.length >= maxPathways) return null;
  const { base_url, ttl_seconds, ...rest } = body;
  const values = { ...rest, baseUrl: base_url, ttlSeconds: ttl_seconds, updatedAt: now };
  await db
    .insert(pathways)
    .values({ id, createdAt: now, ...values })
    .onConflictDoUpdate({ target: pathways.id, set: values });
  return { isNew };
}

/** Deletes a pathway. @returns whether there was one with this id */
export async function deletePathway(env: Pick<Env, "DB">, id: string): Promise<boolean> {
  const deleted = await openDatabase(env)
    .delete(pathways)
    .where(eq(pathways.id, id))
    .returning({ id: pathways.id });
  return deleted.length > 0;
}

/** Hosts that only this machine reaches, which need no TLS (RFC 6761 §6.3, RFC 1122 §3.2.1.3). */
function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.[0-9]+){3}|\[::1\])$/.test(hostname);
}
