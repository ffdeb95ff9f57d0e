/** Asking the Cloudflare account what is there, through wrangler's JSON answers. */
import path from "node:path";
import { unstable_readConfig } from "wrangler";
import { z } from "zod";
import { projectRoot } from "../local/project-root.ts";
import { UserError } from "../local/user-error.ts";
import { mustWrangler, runWrangler } from "../local/wrangler.ts";
import { type AccountNames, accountNames } from "./account-steps.ts";

/** The file that names everything of the account. */
export const configFile = path.join(projectRoot, "wrangler.toml");

/** Reads the names in wrangler.toml. */
export function readAccountNames(): AccountNames {
  return accountNames.parse(unstable_readConfig({ config: configFile }));
}

/** The addresses in wrangler.toml (`PUBLIC_ORIGINS`); empty where nobody has written any yet. */
export function readPublicOrigins(): string {
  const { vars } = unstable_readConfig({ config: configFile });
  return z.object({ PUBLIC_ORIGINS: z.string() }).parse(vars).PUBLIC_ORIGINS.trim();
}

/** @throws UserError that says how to sign in to Cloudflare. */
export async function ensureSignedIn(): Promise<void> {
  const { exitCode, output } = await runWrangler(["whoami"]);
  if (exitCode === 0 && !/not authenticated|not logged in/i.test(output)) return;
  throw new UserError(
    "wrangler is not signed in to Cloudflare. Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID.",
  );
}

/** The id of the account's D1 database of this name, or null. */
export async function findDatabaseId(name: string): Promise<string | null> {
  const list = z.array(z.object({ uuid: z.string(), name: z.string() }));
  const found = list.parse(jsonIn(await mustWrangler(["d1", "list", "--json"])));
  return found.find((it) => it.name === name)?.uuid ?? null;
}

/** Names of the Worker's secrets; none when the Worker itself isn't there yet. @throws UserError for other failures. */
export async function listSecrets(): Promise<string[]> {
  const { exitCode, output } = await runWrangler(["secret", "list", "--format", "json"]);
  if (exitCode === 0) {
    return z
      .array(z.object({ name: z.string() }))
      .parse(jsonIn(output))
      .map((it) => it.name);
  }
  // 10007: this Worker does not exist on your account. Anything else must not lead to overwriting a secret.
  if (/10007|does not exist/i.test(output)) return [];
  throw new UserError(`The Worker's secrets could not be listed:\n${output.trim()}`);
}

/** Counts the producers in the account's database. */
export async function countProducers(): Promise<number> {
  const sql = "SELECT count(*) AS producers FROM producers";
  const output = await mustWrangler(["d1", "execute", "DB", "--remote", "--yes", "--json", "--command", sql]);
  const answer = z
    .array(z.object({ results: z.array(z.object({ producers: z.number() })) }))
    .parse(jsonIn(output));
  return answer[0]?.results[0]?.producers ?? 0;
}

/** The JSON value in an output that may have notices around it. */
function jsonIn(output: string): unknown {
  const from = output.search(/^[[{]/m);
  const to = Math.max(output.lastIndexOf("]"), output.lastIndexOf("}"));
  try {
    return JSON.parse(output.slice(from, to + 1));
  } catch {
    throw new UserError(`wrangler's answer is not the JSON that was expected:\n${output.trim()}`);
  }
}
