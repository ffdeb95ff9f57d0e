/**
 * The tables of D1. A row explains itself: statuses are words, times are Unix milliseconds (UTC), JSON columns
 * are parsed with zod where they are read. There is no row per segment: segments live in reports and ledgers in R2.
 */

export * from "./schema/assets.ts";
export * from "./schema/producers.ts";
export * from "./schema/service.ts";
export * from "./schema/tasks.ts";
export * from "./schema/titles.ts";
export * from "./schema/uploads.ts";
