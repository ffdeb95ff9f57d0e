/** `GET /v1/titles/{id}/policy/explain`: tells what a viewer gets of a title, with the reasons. */
import { and, eq } from "drizzle-orm";
import type { Context } from "hono";
import { openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import type { ProducerEnv } from "../../http/authenticate.ts";
import { ownOrigins } from "../../http/own-origins.ts";
import { parseValue } from "../../http/parse-body.ts";
import { Problem } from "../../http/problem.ts";
import { requireDash } from "../../playback/encryption/clear-media.ts";
import {
  authoriseFile,
  type FileGrant,
  grantOf,
  noLongerAvailable,
  noSuchPath,
} from "../../playback/gateway/authorise.ts";
import { authoriseEncrypted } from "../../playback/gateway/authorise-encrypted.ts";
import { readLanguagePreferences } from "../../playback/policy/choose-languages.ts";
import type { PolicyDecision } from "../../playback/policy/decide-title.ts";
import type { Outcome } from "../../playback/policy/outcome.ts";
import { readPlayableTitle } from "../../playback/policy/playable-title.ts";
import { refusalProblem, refusals } from "../../playback/policy/refusals.ts";
import { claimedAsset } from "../../playback/tokens/playback-token.ts";
import { type ExplainQuery, explainQuery } from "./explain-query.ts";
import { explainTitleFor, languageParameters, type TitleExplanation } from "./explain-title-for.ts";
import type { TitleRow } from "./find-titles.ts";

/** Files of a playback URL that belong to no rendition; every viewer who may play gets them. */
const presentations = ["main.m3u8", "steering.json", "session.json"];

/** Answers with an explanation for the title. @throws Problem 422 `invalid_input` */
export async function explain(c: Context<ProducerEnv>, title: TitleRow): Promise<Response> {
  const query = parseValue(c.req.query(), explainQuery);
  const now = Date.now();
  const explanation = await explainTitleFor(c.env, title, query, now);
  const answer = await tryToPlay(c.env, title, query, explanation);
  return c.json({ ...describe(explanation), ...(answer === null ? {} : { playback: answer }) });
}

/** Runs the gateway's own code on a playback URL, or a file of one; null when the query names neither. */
async function tryToPlay(
  env: Env,
  title: TitleRow,
  query: ExplainQuery,
  { at, decision }: TitleExplanation,
): Promise<{ status: number; code: string | null; detail: string } | null> {
  if (query.token === undefined && query.file === undefined) return null;
  try {
    const grant =
      query.token === undefined
        ? await grantWithoutToken(title, decision)
        : await grantOfToken(env, query.token, title, query, at);
    if (query.file !== undefined) await tryFile(env, grant, query.file, at);
    return { status: 200, code: null, detail: "It plays." };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { status: error.status, code: error.code, detail: error.message };
  }
}

async function tryFile(env: Env, grant: FileGrant, file: string, at: number): Promise<void> {
  const [first = "", second, third, ...more] = file.split("/");
  if (more.length > 0) throw noSuchPath();
  if (third !== undefined) await authoriseEncrypted(env, grant, first, second ?? "", third, at, Date.now());
  else if (second !== undefined) await authoriseFile(grant, first, second, at, Date.now());
  else if (first === "manifest.mpd") requireDash(grant.film);
  else if (!presentations.includes(first)) throw noSuchPath();
}

async function grantOfToken(
  env: Env,
  token: string,
  title: TitleRow,
  query: ExplainQuery,
  at: number,
): Promise<FileGrant> {
  // First of all: of another's title nothing may be told, not even how it refuses, so nothing of it is decided.
  const asset = claimedAsset(token);
  if (asset !== null && !(await isAssetOf(env, asset, title.id))) throw foreignToken();
  const request = new Request(`${ownOrigins(env).main}/v/token/main.m3u8`, {
    cf: { country: query.country, ...(query.asn === undefined ? {} : { asn: query.asn }) },
    headers: {
      ...(query.ip === undefined ? {} : { "CF-Connecting-IP": query.ip }),
      ...(query.origin === undefined ? {} : { Origin: query.origin }),
    },
  });
  const preferences = readLanguagePreferences(languageParameters(query), query.accept_language ?? null);
  // The query decides the place that the request seems to come from; no header overrides it.
  const grant = await grantOf({ ...env, COUNTRY_OVERRIDE: "" }, request, token, at, preferences, Date.now());
  if (grant.film.titleId === title.id) return grant;
  throw foreignToken();
}

async function isAssetOf(env: Env, assetId: string, titleId: string): Promise<boolean> {
  const row = await openDatabase(env)
    .select({ id: assets.id })
    .from(assets)
    .where(and(eq(assets.id, assetId), eq(assets.titleId, titleId)))
    .get();
  return row !== undefined;
}

function foreignToken(): Problem {
  return new Problem(403, "token_foreign", "This playback URL is for another title. Explain that one.");
}

async function grantWithoutToken(title: TitleRow, decision: PolicyDecision): Promise<FileGrant> {
  if (!decision.allowed) throw refusalProblem(decision);
  const film = title.assetId === null ? null : await readPlayableTitle(title.assetId, Date.now());
  if (film === null) throw noLongerAvailable();
  return { film, decision, changesAt: decision.changesAt };
}

/** The explanation as JSON. Times are ISO 8601. */
function describe({ viewer, at, decision, rules, renditions, labels, ...defaults }: TitleExplanation) {
  const time = (moment: number | null) => (moment === null ? null : new Date(moment).toISOString());
  return {
    at: time(at),
    viewer: { country: viewer.country, asn: viewer.asn, tor: viewer.isTor },
    decision: {
      allowed: decision.allowed,
      status: decision.allowed ? 200 : refusals[decision.code].status,
      code: decision.allowed ? null : decision.code,
      reason: decision.allowed ? null : decision.reason,
      rule: decision.rule,
      class: decision.policyClass,
      opens_at: decision.allowed ? null : time(decision.opensAt),
      changes_at: time(decision.changesAt),
    },
    outcome: decision.allowed ? describeOutcome(decision.outcome) : null,
    rules,
    renditions: renditions.map((verdict) => ({ ...labels.get(verdict.key), ...verdict })),
    default_audio: defaults.defaultAudio,
    default_text: defaults.defaultText,
  };
}

function describeOutcome(outcome: Outcome) {
  const { rating } = outcome;
  return {
    max_height: outcome.maxHeight,
    max_bitrate: outcome.maxBitrate,
    token_max_height: outcome.tokenMaxHeight,
    audio: { allowed: outcome.audioLanguages, default: outcome.defaultAudio },
    text: { allowed: outcome.textLanguages, default: outcome.defaultText },
    rating: rating === null ? null : { label: rating.label, minimum_age: rating.minimumAge },
  };
}
