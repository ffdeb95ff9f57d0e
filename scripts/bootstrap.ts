/**
 * `npm run bootstrap`: makes everything on a Cloudflare account that Marquee needs before its first deploy. Every step
 * may be run again. `-- --dry-run` only shows the commands; `-- --producer NAME` adds one more producer, with a key.
 */
import "./local/exit-with-parent.ts";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { newId } from "../workers/shared/new-id.ts";
import { type AccountStep, isAlreadyThere, storageSteps, writeDatabaseId } from "./cloud/account-steps.ts";
import {
  configFile,
  countProducers,
  ensureSignedIn,
  findDatabaseId,
  listSecrets,
  readAccountNames,
} from "./cloud/read-account.ts";
import { newContentKeys, newDebugKey, newGrantSecret, newPlaybackKeys } from "./local/local-secrets.ts";
import { newProducerKey, seedProducerSql } from "./local/producer-key.ts";
import { runScript, UserError } from "./local/user-error.ts";
import { mustWrangler, runWrangler } from "./local/wrangler.ts";

const secrets = {
  PLAYBACK_KEYS: newPlaybackKeys,
  CONTENT_KEYS: newContentKeys,
  GRANT_SECRET: newGrantSecret,
  DEBUG_KEY: newDebugKey,
};
const executeRemote = ["d1", "execute", "DB", "--remote", "--yes", "--command"];
const migrateRemote = (binding: string) => ["d1", "migrations", "apply", binding, "--remote"];

await runScript(async () => {
  const { values } = parseArgs({
    options: { "dry-run": { type: "boolean", default: false }, producer: { type: "string" } },
  });
  const names = readAccountNames();
  if (values["dry-run"]) {
    for (const line of dryRun()) console.log(line);
    return 0;
  }
  await ensureSignedIn();
  if (values.producer !== undefined) {
    await addProducer(values.producer, false);
    return 0;
  }
  for (const step of storageSteps(names)) await take(step);
  for (const { database_name } of names.d1_databases) await makeDatabase(database_name);
  console.log("migrations");
  for (const { binding } of names.d1_databases) await mustWrangler(migrateRemote(binding));
  await putSecrets();
  if ((await countProducers()) === 0) await addProducer("First producer", true);
  console.log("\nThe account is ready. Next: npm run deploy");
  return 0;
});

/** The commands in order, as a person would type them. */
function dryRun(): string[] {
  const typed = (args: string[]) =>
    `npx wrangler ${args.map((arg) => (/^[\w./:-]+$/.test(arg) ? arg : `'${arg}'`)).join(" ")}`;
  const names = readAccountNames();
  return [
    ...storageSteps(names).map((step) => typed(step.args)),
    ...names.d1_databases.map(({ database_name }) => typed(["d1", "create", database_name])),
    "# their ids become database_id in wrangler.toml",
    ...names.d1_databases.map(({ binding }) => typed(migrateRemote(binding))),
    ...Object.keys(secrets).map((name) => `${typed(["secret", "put", name])} # a random value, made here`),
    `${typed([...executeRemote, "INSERT INTO producers …; INSERT INTO api_keys …"])} # when there is no producer yet`,
  ];
}

async function take(step: AccountStep): Promise<void> {
  if (step.done !== undefined && (await mustWrangler(step.done.args)).includes(step.done.shows)) {
    console.log(`${step.what}: there already`);
    return;
  }
  const { exitCode, output } = await runWrangler(step.args);
  if (exitCode !== 0 && !isAlreadyThere(output)) {
    throw new UserError(`${step.what} failed (wrangler ${step.args.join(" ")}):\n${output.trim()}`);
  }
  console.log(`${step.what}: ${exitCode === 0 ? "made" : "there already"}`);
}

async function makeDatabase(name: string): Promise<void> {
  const found = await findDatabaseId(name);
  if (found === null) await mustWrangler(["d1", "create", name]);
  const id = found ?? (await findDatabaseId(name));
  if (id === null) throw new UserError(`The database ${name} was made but is not listed. Run this again.`);
  const toml = readFileSync(configFile, "utf8");
  const after = writeDatabaseId(toml, name, id);
  if (!after.includes(id)) {
    throw new UserError(
      `wrangler.toml names another database than this account's (${id}). Correct it there.`,
    );
  }
  writeFileSync(configFile, after);
  console.log(
    `database ${name}: ${found === null ? "made" : "there already"}${after === toml ? "" : "; its id is now in wrangler.toml, commit it"}`,
  );
}

/** Secrets that are there stay: replacing them would end every running playback and task. */
async function putSecrets(): Promise<void> {
  const there = await listSecrets();
  for (const [name, make] of Object.entries(secrets)) {
    if (!there.includes(name)) await mustWrangler(["secret", "put", name], { input: make() });
    console.log(`secret ${name}: ${there.includes(name) ? "there already" : "made"}`);
  }
}

async function addProducer(name: string, isOperator: boolean): Promise<void> {
  const key = newProducerKey();
  const sql = seedProducerSql({ id: newId("producer"), name, key, isOperator }, Date.now());
  await mustWrangler([...executeRemote, sql]);
  console.log(`producer ${name}: made. Their key, shown this once: ${key}`);
}
