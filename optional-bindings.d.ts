/** Bindings that wrangler.toml may have: the generated types only know those that it has. */
interface Env {
  /** The second media bucket. */
  MEDIA_COPY?: R2Bucket;
}

declare namespace Cloudflare {
  interface Env {
    MEDIA_COPY?: R2Bucket;
  }
}
