import { availableParallelism } from "node:os";
import path from "node:path";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

const root = import.meta.dirname;

/** Unit and module tests of the Worker run in workerd with real R2, D1 and Queues; the transcoder's run in Node. */
export default defineConfig({
  test: {
    projects: [
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: path.join(root, "wrangler.toml") },
            miniflare: {
              r2Buckets: ["MEDIA_COPY"],
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations(path.join(root, "migrations")),
                TEST_SEARCH_MIGRATIONS: await readD1Migrations(path.join(root, "migrations-search")),
                PLAYBACK_KEYS: JSON.stringify({
                  current: "k2",
                  keys: {
                    k1: "b2xkLWtleS1vZi10aGUtdGVzdHMtb2xkLWtleS1vZi10",
                    k2: "bmV3LWtleS1vZi10aGUtdGVzdHMtbmV3LWtleS1vZi10",
                  },
                }),
                CONTENT_KEYS: JSON.stringify({
                  current: "c2",
                  keys: {
                    c1: "b2xkLWNvbnRlbnQta2V5LW9mLXRoZS10ZXN0cy1vbGQt",
                    c2: "bmV3LWNvbnRlbnQta2V5LW9mLXRoZS10ZXN0cy1uZXct",
                  },
                }),
                GRANT_SECRET: "Z3JhbnQtc2VjcmV0LW9mLXRoZS10ZXN0cy1ncmFudC0x",
                DEBUG_KEY: "debug-key-of-the-tests",
                PUBLIC_ORIGINS: "https://marquee.test http://marquee.test",
                SOURCE_EVENTS: "self",
                TRANSCODER_URL: "http://127.0.0.1:9",
                CALLBACK_URL: "http://marquee.test",
                UPLOAD_PART_BYTES: "65536",
                // Files that try limits switch them on; the others ask as fast as they can.
                RATE_LIMITS: "off",
                // As `npm run fuzz` asks; otherwise as many as take some seconds, from a new seed each time.
                FUZZ_REQUESTS: process.env.FUZZ_REQUESTS ?? "20000",
                FUZZ_API_REQUESTS: process.env.FUZZ_API_REQUESTS ?? "1500",
                FUZZ_SEED: process.env.FUZZ_SEED ?? "",
                BENCH_TITLES: process.env.BENCH_TITLES ?? "",
              },
              queueConsumers: {
                "marquee-ingest": { maxBatchTimeout: 0.05, maxRetries: 1 },
                "marquee-transcode": { maxBatchSize: 1, maxBatchTimeout: 0, maxRetries: 1 },
                "marquee-dead-letters": { maxBatchTimeout: 0.05 },
              },
            },
          })),
        ],
        test: {
          name: "workers",
          // As many files at a time as there are cores (vitest leaves one idle); end-to-end tests beside them mostly wait.
          maxWorkers: availableParallelism(),
          // Properties take their time on a busy machine; a test that hangs still ends.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          include: [
            "workers/**/*.test.{ts,tsx}",
            "test/fuzz/**/*.test.ts",
            // Not a test: what `npm run bench -- scale` runs in workerd.
            ...(process.env.BENCH_TITLES === undefined ? [] : ["test/scale/measure-scale.ts"]),
          ],
          setupFiles: [path.join(root, "test/support/apply-migrations.ts")],
        },
      },
      {
        test: {
          name: "node",
          include: [
            ...["protocol/**/*.test.ts", "containers/**/*.test.ts"],
            ...["scripts/**/*.test.ts", "tools/**/*.test.ts"],
          ],
          maxWorkers: availableParallelism(),
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "end-to-end",
          include: ["test/end-to-end/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // Each file runs a Marquee of its own and mostly waits for a film to play: two at a time keep two cores busy.
          maxWorkers: 2,
        },
      },
    ],
  },
});
