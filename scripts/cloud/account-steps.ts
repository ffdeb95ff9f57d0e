/** The needs of a Cloudflare account before the first deploy, as wrangler commands. Names come from wrangler.toml. */
import { z } from "zod";

/** The parts of wrangler.toml that name things of the account. */
export const accountNames = z.object({
  r2_buckets: z.array(z.object({ binding: z.string(), bucket_name: z.string() })),
  queues: z.object({
    consumers: z.array(z.object({ queue: z.string(), dead_letter_queue: z.string().optional() })),
  }),
  d1_databases: z
    .array(z.object({ binding: z.string(), database_name: z.string(), database_id: z.string() }))
    .min(1),
});

/** See {@link accountNames}. */
export type AccountNames = z.infer<typeof accountNames>;

/** One wrangler command. Running it again is harmless. */
export interface AccountStep {
  what: string;
  args: string[];
  /** A command whose output holds `shows` when the step has been done before; for those that would do it twice. */
  done?: { args: string[]; shows: string };
}

/** The prefix of producers' films: R2 announces objects below it. */
const sourcePrefix = "sources/";
/** The prefix of an upload's last bytes, which wait between requests. */
const tailPrefix = "tails/";
/** R2 forgets unfinished multipart uploads by then; tus uploads must end before (`UPLOAD_TTL_HOURS` in wrangler.toml). Days. */
const unfinishedDays = 7;

/** R2 itself refuses to delete or overwrite a source that is younger, whatever asks for it, days. */
const lockedDays = 30;
const lockName = "keep-sources";

/** Creates buckets, queues, the announcement of finished sources, their lock, and R2's own cleaning. */
export function storageSteps(names: AccountNames): AccountStep[] {
  const sources = bucketOf(names, "SOURCES");
  const queues = new Set(
    names.queues.consumers.flatMap((it) => [it.queue, it.dead_letter_queue ?? it.queue]),
  );
  const ingest = names.queues.consumers.find((it) => it.queue.endsWith("-ingest"))?.queue;
  if (ingest === undefined) throw new Error("wrangler.toml has no queue that ends in -ingest.");
  const lifecycle = (name: string, ...rule: string[]): AccountStep => ({
    what: `clean up ${sources}: ${name}`,
    args: ["r2", "bucket", "lifecycle", "add", sources, name, ...rule, "--force"],
    done: { args: ["r2", "bucket", "lifecycle", "list", sources], shows: name },
  });
  return [
    ...names.r2_buckets.map(({ bucket_name }) => ({
      what: `bucket ${bucket_name}`,
      args: ["r2", "bucket", "create", bucket_name],
    })),
    ...[...queues].map((queue) => ({ what: `queue ${queue}`, args: ["queues", "create", queue] })),
    {
      what: "announce finished sources",
      args: [
        ...["r2", "bucket", "notification", "create", sources],
        ...["--event-type", "object-create", "--queue", ingest, "--prefix", sourcePrefix],
      ],
      done: { args: ["r2", "bucket", "notification", "list", sources], shows: sourcePrefix },
    },
    {
      what: `lock ${sources}: ${lockName}`,
      args: [
        ...["r2", "bucket", "lock", "add", sources, lockName, sourcePrefix],
        ...["--retention-days", String(lockedDays), "--force"],
      ],
      done: { args: ["r2", "bucket", "lock", "list", sources], shows: lockName },
    },
    lifecycle("unfinished-uploads", "", "--abort-multipart-days", String(unfinishedDays)),
    lifecycle("upload-tails", tailPrefix, "--expire-days", String(unfinishedDays)),
  ];
}

/** True when wrangler only complains that the thing is there already. */
export function isAlreadyThere(output: string): boolean {
  return /already exists|already taken|already own|10004|11009|overlapping rule/i.test(output);
}

/** The database ids that stand in wrangler.toml until there are real ones; local data is kept under them. */
const placeholder = /^0{8}-0{4}-0{4}-0{4}-0{11}[1-9]$/;

/** Checks whether a database's id in wrangler.toml is none of an account yet. */
export function isPlaceholder(databaseId: string): boolean {
  return placeholder.test(databaseId);
}

/**
 * wrangler.toml with the account's database of this name in it. The placeholder stays as the id of the local database, so that
 * what `npm start` has stored is found again.
 */
export function writeDatabaseId(toml: string, databaseName: string, databaseId: string): string {
  return toml.replace(
    /\ndatabase_name = "([^"]+)"\ndatabase_id = "([^"]+)"/g,
    (found, name: string, before: string) =>
      name === databaseName && isPlaceholder(before)
        ? `\ndatabase_name = "${name}"\ndatabase_id = "${databaseId}"\npreview_database_id = "${before}"`
        : found,
  );
}

function bucketOf(names: AccountNames, binding: string): string {
  const bucket = names.r2_buckets.find((it) => it.binding === binding)?.bucket_name;
  if (bucket === undefined) throw new Error(`wrangler.toml has no R2 bucket bound as ${binding}.`);
  return bucket;
}
