/** Bodies for the fuzz of the API: right ones, changed ones, and bytes that are no text. */
import type { Random } from "../../support/random.ts";
import type { Route } from "../../support/route-access.ts";
import { drawText, drawValue, mutate } from "./draw-value.ts";
import type { FuzzWorld } from "./fuzz-world.ts";
import { validBodies } from "./valid-bodies.ts";

/** A body, and the type that goes with it. */
export interface FuzzBody {
  bytes: string | Uint8Array;
  type?: string;
}

/** Longest body, characters: well beyond what any route reads but an upload. */
const longest = 2_000_000;

const json = "application/json";
const urlencoded = "application/x-www-form-urlencoded";

/** Draws a body for a route. */
export function drawBody(random: Random, world: FuzzWorld, name: string, { body, headers }: Route): FuzzBody {
  const valid = validBodies[name] ?? body ?? {};
  if (headers?.["Content-Type"]?.includes("offset")) {
    return {
      bytes: new Uint8Array(random.once(8) ? random.below(200_000) : random.below(12)).fill(
        random.below(256),
      ),
    };
  }
  if (random.once(8)) return drawBrokenBody(random);
  if (valid instanceof URLSearchParams) return { bytes: drawForm(random, world, valid), type: urlencoded };
  const changed = random.once(3)
    ? valid
    : random.once(3)
      ? mutate(random, mutate(random, valid))
      : mutate(random, valid);
  return { bytes: fill(random, world, (JSON.stringify(changed) ?? "").slice(0, longest)), type: json };
}

function drawForm(random: Random, world: FuzzWorld, valid: URLSearchParams): string {
  const fields = [...valid].flatMap(([name, value]): [string, string][] => {
    if (random.once(12)) return [];
    if (random.once(5)) return [[name, drawText(random).toWellFormed()]];
    if (random.once(4) && value.startsWith('{"'))
      return [[name, JSON.stringify(mutate(random, JSON.parse(value))) ?? ""]];
    return random.once(15)
      ? [
          [name, value],
          [name, drawText(random).toWellFormed()],
        ]
      : [[name, value]];
  });
  if (random.once(10)) fields.push([drawText(random).toWellFormed(), drawText(random).toWellFormed()]);
  const text = new URLSearchParams(
    fields.map(([name, value]) => [name, fill(random, world, value)]),
  ).toString();
  return random.once(25) ? `${text}&%=%&%ff=%ed%a0%80&=&&` : text;
}

/** Puts real things in the place of `{slug}` and the like. */
function fill(random: Random, { things }: FuzzWorld, text: string): string {
  return text.replaceAll(/\{(slug|token|bearer)\}/g, (_, name: string) => {
    const ids = things[name] ?? ["none"];
    return ids[random.below(ids.length)] ?? "";
  });
}

function drawBrokenBody(random: Random): FuzzBody {
  const type = random.pick([
    json,
    urlencoded,
    "text/plain",
    "application/json; charset=utf-16",
    "multipart/form-data; boundary=x",
  ]);
  const deep = () => {
    const depth = 1 + random.below(random.once(5) ? 60_000 : 500);
    return random.once(2)
      ? "[".repeat(depth) + "]".repeat(depth)
      : `${'{"rules":'.repeat(depth)}1${"}".repeat(depth)}`;
  };
  const texts = [
    ...[
      () => "",
      () => "null",
      () => '"x"',
      () => "[]",
      () => "{",
      () => '{"a":1,"a":2}',
      () => '{"__proto__":{"a":1}}',
    ],
    ...[() => "\ufeff{}", () => "{}\0", () => "NaN", () => '{"title":1e999}', () => '{"title":"\\ud800"}'],
    ...[
      deep,
      deep,
      () => JSON.stringify({ title: "x".repeat(random.below(400_000)) }),
      () => (JSON.stringify(drawValue(random)) ?? "").slice(0, longest),
    ],
    ...[() => `--x\r\nContent-Disposition: form-data; name="key"\r\n\r\n1\r\n--x--`],
  ] as const;
  if (!random.once(4)) return { bytes: random.pick(texts)(), type };
  const bytes = Uint8Array.from({ length: random.below(400) }, () => random.below(256));
  return { bytes, type };
}
