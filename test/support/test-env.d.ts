declare namespace Cloudflare {
  interface Env {
    TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
    TEST_SEARCH_MIGRATIONS: import("cloudflare:test").D1Migration[];
    /** How many requests the fuzz sends, and from which seed; empty: a new one. */
    FUZZ_REQUESTS: string;
    FUZZ_SEED: string;
  }
}
