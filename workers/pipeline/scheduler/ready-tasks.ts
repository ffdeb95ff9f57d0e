import { type Lane, lanes } from "./lanes.ts";

/** A queued task as the scheduler holds it. Times are Unix milliseconds. */
export interface ReadyTask {
  id: string;
  assetId: string;
  producerId: string;
  lane: Lane;
  /** Lower goes first. */
  priority: number;
  queuedAt: number;
  /** Position among the asset's tasks of its kind. */
  ordinal: number;
  /** It may not begin before this. */
  notBefore: number;
}

/** Tasks of one asset, priority and lane; the one that goes first is the last, so that taking it moves no other. */
type Line = ReadyTask[];

/** A producer's tasks in one lane, by priority and asset. */
interface ProducerQueue {
  priorities: Map<number, Map<string, Line>>;
  /** Number of the turn in which they last had a task given out here; 0: never. */
  servedAt: number;
}

/**
 * The queue in memory: tasks by lane, producer, priority and asset, and how many run of each. Gives out the task that should run
 * next: of the producer with the fewest running, and of several that of the one who was given none for longest, so that
 * a thousand clips never come before another producer's film. Within a producer lower priority goes first, then the asset with
 * the fewest running, so that a short clip never waits behind a long film's chunks, then what waits longest.
 */
export class ReadyTasks {
  #queues: Record<Lane, Map<string, ProducerQueue>> = { heavy: new Map(), light: new Map() };
  #held = new Map<string, ReadyTask>();
  /** Tasks that are not due yet. */
  #later = new Set<ReadyTask>();
  /** Running tasks by asset, and by producer. */
  #running = new Map<string, number>();
  #turn = 0;

  /** Tasks that it holds, due or not. */
  get size(): number {
    return this.#held.size;
  }

  /** Takes a task in; one that it holds already is replaced. */
  add(task: ReadyTask, now: number): void {
    this.remove(task.id);
    this.#held.set(task.id, task);
    if (task.notBefore > now) this.#later.add(task);
    else this.#line(task);
  }

  /** Is true while it holds the task. */
  has(id: string): boolean {
    return this.#held.has(id);
  }

  /** Lets go of a task, if it holds it. */
  remove(id: string): void {
    const task = this.#held.get(id);
    if (task === undefined) return;
    this.#held.delete(id);
    if (this.#later.delete(task)) return;
    const line = this.#queues[task.lane]
      .get(task.producerId)
      ?.priorities.get(task.priority)
      ?.get(task.assetId);
    if (line === undefined) return;
    line.splice(line.indexOf(task), 1);
    this.#dropEmpty(task, line);
  }

  /** Lets go of all tasks of an asset. */
  removeAsset(assetId: string): void {
    for (const lane of lanes) {
      for (const { priorities } of [...this.#queues[lane].values()]) {
        for (const assets of [...priorities.values()]) {
          for (const task of [...(assets.get(assetId) ?? [])]) this.remove(task.id);
        }
      }
    }
    for (const task of [...this.#later]) if (task.assetId === assetId) this.remove(task.id);
  }

  /** Is true while a task could begin. */
  hasDue(now: number): boolean {
    if (lanes.some((lane) => this.#queues[lane].size > 0)) return true;
    for (const { notBefore } of this.#later) if (notBefore <= now) return true;
    return false;
  }

  /** Gives out the task of this lane that should run next, and lets go of it; null when none is due. */
  take(lane: Lane, now: number): ReadyTask | null {
    for (const task of this.#later) {
      if (task.notBefore > now) continue;
      this.#later.delete(task);
      this.#line(task);
    }
    const queue = this.#nextProducer(lane);
    if (queue === null) return null;
    const { priorities } = queue;
    const line = this.#nextLine(priorities.get(Math.min(...priorities.keys())) ?? new Map());
    const task = line?.pop();
    if (line === null || task === undefined) return null;
    this.#turn += 1;
    queue.servedAt = this.#turn;
    this.#held.delete(task.id);
    this.#dropEmpty(task, line);
    return task;
  }

  /** Notes that one more task of an asset and its producer runs, or one fewer. */
  countRunning({ assetId, producerId }: Pick<ReadyTask, "assetId" | "producerId">, change: 1 | -1): void {
    for (const id of [assetId, producerId]) {
      const running = (this.#running.get(id) ?? 0) + change;
      if (running > 0) this.#running.set(id, running);
      else this.#running.delete(id);
    }
  }

  #nextProducer(lane: Lane): ProducerQueue | null {
    let best: { queue: ProducerQueue; running: number } | null = null;
    for (const [producerId, queue] of this.#queues[lane]) {
      const running = this.#running.get(producerId) ?? 0;
      const order = best === null ? -1 : running - best.running || queue.servedAt - best.queue.servedAt;
      if (order < 0) best = { queue, running };
    }
    return best?.queue ?? null;
  }

  #nextLine(assets: ReadonlyMap<string, Line>): Line | null {
    let best: { line: Line; task: ReadyTask; running: number } | null = null;
    for (const [assetId, line] of assets) {
      const task = line.at(-1);
      if (task === undefined) continue;
      const running = this.#running.get(assetId) ?? 0;
      const order = best === null ? -1 : running - best.running || compareTasks(task, best.task);
      if (order < 0) best = { line, task, running };
    }
    return best?.line ?? null;
  }

  #line(task: ReadyTask): void {
    const producers = this.#queues[task.lane];
    const queue = producers.get(task.producerId) ?? { priorities: new Map(), servedAt: 0 };
    producers.set(task.producerId, queue);
    const assets = queue.priorities.get(task.priority) ?? new Map<string, Line>();
    queue.priorities.set(task.priority, assets);
    const line = assets.get(task.assetId) ?? [];
    assets.set(task.assetId, line);
    // Binary search for the first one that goes before it.
    let [low, high] = [0, line.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = line[middle];
      if (other !== undefined && compareTasks(other, task) > 0) low = middle + 1;
      else high = middle;
    }
    line.splice(low, 0, task);
  }

  #dropEmpty({ lane, producerId, priority, assetId }: ReadyTask, line: Line): void {
    if (line.length > 0) return;
    const queue = this.#queues[lane].get(producerId);
    const assets = queue?.priorities.get(priority);
    assets?.delete(assetId);
    if (assets?.size === 0) queue?.priorities.delete(priority);
    // Who comes again later is served at once: they had nothing here meanwhile.
    if (queue?.priorities.size === 0) this.#queues[lane].delete(producerId);
  }
}

/** Below zero where `a` waits longer than `b`. */
function compareTasks(a: ReadyTask, b: ReadyTask): number {
  return a.queuedAt - b.queuedAt || a.ordinal - b.ordinal;
}
