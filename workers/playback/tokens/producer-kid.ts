import { idAlphabet } from "../../shared/new-id.ts";

const form = new RegExp(`^sgk_[${idAlphabet}]{20}$`);

/** Whether a token's `kid` has the form of a producer's signing key (`newId("signingKey")`); nothing else is looked up. */
export function isProducerKid(kid: string): boolean {
  return form.test(kid);
}
