declare namespace Cloudflare {
  interface Env {
    TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
    TEST_SEARCH_MIGRATIONS: import("cloudflare:test").D1Migration[];
    /** Number of requests that the fuzz sends, and their seed; empty: a new one. */
    FUZZ_REQUESTS: string;
    FUZZ_API_REQUESTS: string;
    FUZZ_SEED: string;
    /** Sizes of the libraries that `npm run bench -- scale` measures, with commas; empty otherwise. */
    BENCH_TITLES: string;
  }
}
