/** Media that come over another pathway than our own edge: a cache or a second CDN, on another host. */
import type { LoadPolicy, RetryConfig } from "hls.js";

/** Retries of a load from another host, before the player goes on to the next pathway. */
const maxRetries = 1;

/** Tells an address on another host from one on the page's own. */
export function isElsewhere(address: string): boolean {
  return (URL.parse(address, location.href)?.origin ?? location.origin) !== location.origin;
}

/** A policy of hls.js that gives up early on other hosts: there is another way, and the buffer is short. */
export function hurried(policy: LoadPolicy): LoadPolicy {
  const { errorRetry, timeoutRetry } = policy.default;
  return {
    default: { ...policy.default, errorRetry: hurry(errorRetry), timeoutRetry: hurry(timeoutRetry) },
  };
}

function hurry(retry: RetryConfig | null): RetryConfig | null {
  if (retry === null) return null;
  return {
    ...retry,
    shouldRetry: (_, count, __, response, wanted) =>
      wanted && (count < maxRetries || !isElsewhere(response?.url ?? "")),
  };
}
