/** The controller: a server that the Worker asks before each call that may fail, and that keeps the book of faults. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { z } from "zod";
import { type FaultPoint, fairWeather, type Weather } from "../../workers/faults/ask-controller.ts";
import { decideFault, type FaultKind, faultKinds } from "./decide-fault.ts";

/** An order to damage a stored segment of an asset; `pick` (0…1) says which one. */
export interface DamageOrder {
  assetId: string;
  pick: number;
  how: "corrupt" | "truncate" | "delete";
}

/** A running controller. */
export interface FaultController {
  url: string;
  /** The number of faults of each kind. */
  counts: ReadonlyMap<FaultKind, number>;
  /** Time of the last damage to a segment, Unix milliseconds; 0: never. */
  damagedAt: () => number;
  note(kind: FaultKind, what: string): void;
  order(damage: DamageOrder): void;
  /** From now on the database or the buckets are in this state. */
  setWeather(change: Partial<Weather>): void;
  /** The next run of the cron ends the scheduler's object. */
  killScheduler(): void;
  /** From now on nothing fails any more, but for what the weather does. */
  rest(): void;
  close(): void;
}

const damagedSchema = z.object({ key: z.string().nullable(), how: z.string() });

/**
 * Starts it.
 * @param log gets a line for each fault; @param onPut is told each put
 */
export async function startFaultController(
  seed: number,
  log: (line: string) => void,
  onPut: (nth: number) => void,
): Promise<FaultController> {
  const counts = new Map<FaultKind, number>(faultKinds.map((kind) => [kind, 0]));
  const calls: Record<FaultPoint, number> = { message: 0, put: 0, write: 0, read: 0 };
  const orders: DamageOrder[] = [];
  let resting = false;
  let weather = fairWeather;
  let isSchedulerDue = false;
  let damagedAt = 0;

  const note = (kind: FaultKind, what: string): void => {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    log(`${new Date().toISOString()} ${kind}: ${what.replaceAll(/\s+/g, " ")}`);
  };
  const decide = (point: FaultPoint, what: string): string => {
    const how = decideFault(seed, point, calls[point]++);
    if (point === "put" && !resting) onPut(calls.put);
    if (how === null || resting) return "";
    note(kindOf(`${point} ${how}`), what);
    return how;
  };
  const answer = async (request: IncomingMessage): Promise<string> => {
    const url = new URL(request.url ?? "/", "http://controller");
    const point = url.pathname.slice(1);
    if (point === "weather") return JSON.stringify(weather);
    if (point === "scheduler") {
      const answer = isSchedulerDue ? "kill" : "";
      isSchedulerDue = false;
      return answer;
    }
    if (point === "damage") return JSON.stringify(orders.shift() ?? null);
    if (point === "damaged") {
      const { key, how } = damagedSchema.parse(JSON.parse(await textOf(request)));
      if (key !== null) {
        damagedAt = Date.now();
        note(kindOf(`damage ${how}`), key);
      }
      return "";
    }
    return isPoint(point) ? decide(point, url.searchParams.get("what") ?? "") : "";
  };
  const server = createServer((request, response) => {
    answer(request).then(
      (text) => response.writeHead(text === "null" ? 204 : 200).end(text === "null" ? "" : text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The controller has no port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    counts,
    damagedAt: () => damagedAt,
    note,
    order: (damage) => void orders.push(damage),
    setWeather: (change) => {
      weather = { ...weather, ...change };
    },
    killScheduler: () => {
      isSchedulerDue = true;
    },
    rest: () => {
      resting = true;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function isPoint(text: string): text is FaultPoint {
  return text === "message" || text === "put" || text === "write" || text === "read";
}

function kindOf(text: string): FaultKind {
  const kind = faultKinds.find((one) => one === text);
  if (kind === undefined) throw new Error(`There is no fault ${text}.`);
  return kind;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}
