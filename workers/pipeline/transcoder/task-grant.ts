/**
 * The signed, short-lived right of one task's attempt to read its source and store its results (on a laptop only: in
 * the cloud it lies in `ctx.props`).
 */
import { z } from "zod";
import { Problem } from "../../http/problem.ts";
import { taskAccess } from "./task-access.ts";

const grantSchema = z.object({
  ...{ taskId: z.string(), lease: z.string(), expiresAt: z.number(), access: taskAccess },
});
/** A task, its attempt, and the objects that are its own; `expiresAt` is Unix milliseconds. */
export type TaskGrant = z.infer<typeof grantSchema>;

const maxGrantBytes = 8192;

/** `payload.signature`, both base64url. */
export async function signGrant(secret: string, grant: TaskGrant): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify(grant));
  const signature = await crypto.subtle.sign("HMAC", await importKey(secret), payload);
  return `${toBase64Url(payload)}.${toBase64Url(new Uint8Array(signature))}`;
}

/** @throws Problem 403 `invalid_grant` */
export async function verifyGrant(secret: string, text: string, now: number): Promise<TaskGrant> {
  const invalid = new Problem(403, "invalid_grant", "This grant is not valid. Only a running task has one.");
  const [payloadText, signatureText, ...rest] = text.split(".");
  if (text.length > maxGrantBytes || !payloadText || !signatureText || rest.length > 0) throw invalid;
  const payload = fromBase64Url(payloadText);
  const signature = fromBase64Url(signatureText);
  if (payload === null || signature === null) throw invalid;
  if (!(await crypto.subtle.verify("HMAC", await importKey(secret), signature, payload))) throw invalid;
  const grant = grantSchema.parse(JSON.parse(new TextDecoder().decode(payload)));
  if (grant.expiresAt <= now) throw invalid;
  return grant;
}

function importKey(secret: string): Promise<CryptoKey> {
  const raw = new TextEncoder().encode(`marquee-grant:${secret}`);
  return crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

function toBase64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    return null;
  }
}
