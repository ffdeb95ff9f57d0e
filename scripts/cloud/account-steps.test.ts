import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { unstable_readConfig } from "wrangler";
import { z } from "zod";
import { periodSeconds, rateLimits } from "../../workers/shared/rate-limits.ts";
import { projectRoot } from "../local/project-root.ts";
import {
  accountNames,
  isAlreadyThere,
  isPlaceholder,
  storageSteps,
  writeDatabaseId,
} from "./account-steps.ts";

const configFile = path.join(projectRoot, "wrangler.toml");
const names = accountNames.parse(unstable_readConfig({ config: configFile }));

test("every bucket and queue that wrangler.toml names is created, once", () => {
  const commands = storageSteps(names).map((it) => it.args.join(" "));
  expect(new Set(commands).size).toBe(commands.length);
  for (const { bucket_name } of names.r2_buckets)
    expect(commands).toContain(`r2 bucket create ${bucket_name}`);
  for (const queue of ["marquee-ingest", "marquee-transcode", "marquee-dead-letters"]) {
    expect(commands).toContain(`queues create ${queue}`);
  }
  expect(commands).toContain(
    "r2 bucket notification create marquee-sources --event-type object-create --queue marquee-ingest --prefix sources/",
  );
});

test("sources are locked for 30 days; a second run sees that they are", () => {
  const lock = storageSteps(names).find(({ args }) => args.includes("lock"));
  expect(lock?.args.join(" ")).toBe(
    "r2 bucket lock add marquee-sources keep-sources sources/ --retention-days 30 --force",
  );
  expect(lock?.done).toEqual({
    args: ["r2", "bucket", "lock", "list", "marquee-sources"],
    shows: "keep-sources",
  });
});

test("each database's id is written once, and the local database keeps its own", () => {
  const before = readFileSync(configFile, "utf8");
  const id = "7c1b3f9e-0000-4000-8000-1234567890ab";
  expect(names.d1_databases.map(({ database_name }) => database_name)).toEqual(["marquee", "marquee-search"]);
  for (const { database_name, database_id } of names.d1_databases.filter((it) =>
    isPlaceholder(it.database_id),
  )) {
    const after = writeDatabaseId(before, database_name, id);
    expect(after).toContain(
      `database_name = "${database_name}"\ndatabase_id = "${id}"\npreview_database_id = "${database_id}"\n`,
    );
    expect(after.split(id)).toHaveLength(2);
    expect(writeDatabaseId(after, database_name, "other")).toBe(after);
  }
});

test("only what is there already is forgiven", () => {
  expect(isAlreadyThere("The bucket you tried to create already exists, and you own it. [code: 10004]")).toBe(
    true,
  );
  expect(isAlreadyThere("Queue name 'marquee-ingest' is already taken.")).toBe(true);
  expect(isAlreadyThere("Authentication error [code: 10000]")).toBe(false);
});

test("the fleet has one size: containers, the consumer's concurrency and FLEET_SIZE agree", () => {
  const config = z
    .object({
      containers: z.array(z.object({ max_instances: z.number() })),
      queues: z.object({
        consumers: z.array(z.object({ queue: z.string(), max_concurrency: z.number().nullish() })),
      }),
      vars: z.object({ FLEET_SIZE: z.string() }),
    })
    .parse(unstable_readConfig({ config: configFile }));
  const fleet = Number(config.vars.FLEET_SIZE);
  const consumer = config.queues.consumers.find((it) => it.queue === "marquee-transcode");
  expect(config.containers.map((it) => it.max_instances)).toEqual([fleet]);
  expect(consumer?.max_concurrency).toBe(fleet);
});

test("requests are limited as the code says that they are, each limit with a counter of its own", () => {
  const { ratelimits } = z
    .object({
      ratelimits: z.array(
        z.object({
          name: z.string(),
          namespace_id: z.string(),
          simple: z.object({ limit: z.number(), period: z.number() }),
        }),
      ),
    })
    .parse(unstable_readConfig({ config: configFile }));
  expect(Object.fromEntries(ratelimits.map(({ name, simple }) => [name, simple]))).toEqual(
    Object.fromEntries(
      Object.values(rateLimits).map(({ binding, requests }) => [
        binding,
        { limit: requests, period: periodSeconds },
      ]),
    ),
  );
  expect(new Set(ratelimits.map((it) => it.namespace_id)).size).toBe(ratelimits.length);
});
