/** Parses the command line, once. */
import { parseArgs } from "node:util";
import { UserError } from "../local/user-error.ts";

/** The text of `--help`. */
export const usage = `Marquee's command line.

  npm run marquee -- upload FILE [--title TITLE] [--language TAG] [--wait] [--json]
      Uploads a film. Run it again after an interruption and it goes on where it was.
      --wait    stays until the film can be watched (exit 0) or has failed (exit 1)
      --json    prints one line of JSON on standard output; add npm's own --silent to see nothing else
  npm run marquee -- assets [--json]       lists your films, newest first
  npm run marquee -- asset ID [--json]     shows one film: its stages, renditions, error
  npm run marquee -- retry ID [--json]     tries a failed film again
  npm run marquee -- delete ID [--json]    deletes a film; for 30 days it can be taken back
  npm run marquee -- undelete ID [--json]  takes a deleted film back, as it was
  npm run marquee -- account [--json]      shows your quotas, and how much of each is used
  npm run marquee -- dead-letters [--json] lists messages that their queue gave up on, newest first
  npm run marquee -- rerun ID [--json]     sends one of these messages again
  npm run marquee -- keys [--json]         lists your API keys: who made each, when it was last used, whether it is revoked
  npm run marquee -- keys create [--name NAME] [--json]
      Makes another key for you, and shows it this once.
  npm run marquee -- keys revoke ID [--with-made] [--json]
      Ends a key at once, with its studio sessions, its signing keys and what these signed.
      --with-made  also the keys that were made with it: when it was in other hands
  npm run marquee -- keys --all [--json]   everybody's keys (operators only)
      --producer ID  with any of \`keys\` and \`signing-keys\`: another producer's (operators only)
  npm run marquee -- signing-keys [--json] lists the keys with which you sign playback URLs yourself
  npm run marquee -- signing-keys create [--name NAME] [--public-key FILE] [--json]
      Adds the Ed25519 public key in FILE (PEM or JWK). Without FILE a pair is made, and its private part shown this once.
  npm run marquee -- signing-keys revoke KID [--json]
      Ends a signing key, and everything that was signed with it, within 15 seconds.
  npm run marquee -- rebuild --from-storage [--over] [--export NAME] [--json]
      Makes the database anew from the exports and sources in the buckets (operators only; docs/operations.md).
      --over    goes on though the database knows titles: they are set back to what was exported
      --export  takes an earlier whole export than the newest, for example 2026-11-28T11:24Z

  --server URL   default: MARQUEE_URL, or the server that npm start started last
  --key KEY      default: MARQUEE_KEY, or that server's key
`;

/** Options of every command. */
export interface CommonOptions {
  server: string | undefined;
  key: string | undefined;
  json: boolean;
}

/** One command with its arguments. */
export type Command = CommonOptions &
  (
    | { name: "help" }
    | {
        name: "upload";
        file: string;
        title: string | undefined;
        language: string | undefined;
        wait: boolean;
      }
    | { name: "assets" }
    | { name: "account" }
    | { name: "dead-letters" }
    | { name: "asset" | "retry" | "delete" | "undelete"; id: string }
    | { name: "rerun"; id: string }
    | { name: "rebuild"; over: boolean; export: string | undefined }
    | KeyCommand
    | SigningKeyCommand
  );

/** A command on API keys. `producer`: another producer's than the caller's. */
export type KeyCommand = { name: "keys"; producer: string | undefined } & (
  | { action: "list"; all: boolean }
  | { action: "create"; keyName: string | undefined }
  | { action: "revoke"; id: string; withMade: boolean }
);

/** A command on signing keys; `producer` as above. */
export type SigningKeyCommand = { name: "signing-keys"; producer: string | undefined } & (
  | { action: "list" }
  | { action: "create"; keyName: string | undefined; publicKeyFile: string | undefined }
  | { action: "revoke"; kid: string }
);

/** Parses the arguments after the script's name. @throws UserError `usage` with a sentence */
export function parseArguments(args: string[]): Command {
  const { values, positionals } = parse(args);
  const common = { server: values.server, key: values.key, json: values.json };
  const [name, ...rest] = positionals;
  if (values.help || name === undefined || name === "help") return { ...common, name: "help" };
  switch (name) {
    case "upload": {
      const file = single(rest, "upload", "FILE");
      return { ...common, name, file, title: values.title, language: values.language, wait: values.wait };
    }
    case "assets":
    case "account":
    case "dead-letters":
      if (rest.length > 0) throw wrong(`\`${name}\` takes no arguments.`);
      return { ...common, name };
    case "rebuild":
      if (rest.length > 0) throw wrong("`rebuild` takes options only.");
      if (!values["from-storage"])
        throw wrong("`rebuild` needs --from-storage: there is nothing else to rebuild from.");
      return { ...common, name, over: values.over, export: values.export };
    case "keys":
      return { ...common, ...keyCommand(rest, values) };
    case "signing-keys":
      return { ...common, ...signingKeyCommand(rest, values) };
    case "asset":
    case "retry":
    case "delete":
    case "undelete":
    case "rerun":
      return { ...common, name, id: single(rest, name, "ID") };
    default:
      throw wrong(`There is no command \`${name}\`.`);
  }
}

type Values = ReturnType<typeof parse>["values"];

function keyCommand(rest: string[], values: Values): KeyCommand {
  const [action = "list", ...more] = rest;
  const common = { name: "keys", producer: values.producer } as const;
  if (action === "revoke") {
    return { ...common, action, id: single(more, "keys revoke", "ID"), withMade: values["with-made"] };
  }
  if (action !== "list" && action !== "create")
    throw wrong("`keys` takes `create`, `revoke`, `list` or nothing.");
  if (more.length > 0) throw wrong(`\`keys ${action}\` takes options only.`);
  if (action === "create") return { ...common, action, keyName: values.name };
  if (values.all && values.producer !== undefined) throw wrong("`keys` takes --all or --producer, not both.");
  return { ...common, action, all: values.all };
}

function signingKeyCommand(rest: string[], values: Values): SigningKeyCommand {
  const [action, ...more] = rest;
  const common = { name: "signing-keys", producer: values.producer } as const;
  if (action === undefined) return { ...common, action: "list" };
  if (action === "revoke") return { ...common, action, kid: single(more, "signing-keys revoke", "KID") };
  if (action !== "create") throw wrong(`\`signing-keys\` takes \`create\`, \`revoke\` or nothing.`);
  if (more.length > 0) throw wrong("`signing-keys create` takes options only.");
  if (values.producer !== undefined) throw wrong("A producer adds signing keys by themselves.");
  return { ...common, action, keyName: values.name, publicKeyFile: values["public-key"] };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        title: { type: "string" },
        language: { type: "string" },
        name: { type: "string" },
        "public-key": { type: "string" },
        "from-storage": { type: "boolean", default: false },
        over: { type: "boolean", default: false },
        export: { type: "string" },
        all: { type: "boolean", default: false },
        producer: { type: "string" },
        "with-made": { type: "boolean", default: false },
        wait: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        server: { type: "string" },
        key: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw wrong(
      error instanceof Error ? `${error.message.split(". ", 1)[0]}.` : "The arguments can't be read.",
    );
  }
}

function single(values: string[], command: string, what: string): string {
  const [value, ...more] = values;
  if (value === undefined) throw wrong(`\`${command}\` needs ${what}.`);
  if (more.length > 0) throw wrong(`\`${command}\` takes one ${what}; quote names that have spaces.`);
  return value;
}

function wrong(sentence: string): UserError {
  return new UserError(`${sentence} See npm run marquee -- --help.`, "usage");
}
