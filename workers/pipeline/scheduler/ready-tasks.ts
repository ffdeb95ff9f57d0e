import { type Lane, lanes } from "./lanes.ts";

/** A queued task as the scheduler holds it. Times are Unix milliseconds. */
export interface ReadyTask {
  id: string;
  assetId: string;
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

/**
 * The queue in memory: tasks by lane, priority and asset, and how many run of each asset. Gives out the task that should
 * run next: lower priority first, then the asset with the fewest running, so that a short clip never waits behind a long
 * film's chunks, then the one that waits longest.
 */
export class ReadyTasks {
  #lines: Record<Lane, Map<number, Map<string, Line>>> = { heavy: new Map(), light: new Map() };
  #held = new Map<string, ReadyTask>();
  /** Tasks that are not due yet. */
  #later = new Set<ReadyTask>();
  #running = new Map<string, number>();

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
    const line = this.#lines[task.lane].get(task.priority)?.get(task.assetId);
    if (line === undefined) return;
    line.splice(line.indexOf(task), 1);
    this.#dropEmpty(task, line);
  }

  /** Lets go of all tasks of an asset. */
  removeAsset(assetId: string): void {
    for (const lane of lanes) {
      for (const assets of this.#lines[lane].values()) {
        for (const task of assets.get(assetId) ?? []) this.#held.delete(task.id);
        assets.delete(assetId);
      }
    }
    for (const task of [...this.#later]) if (task.assetId === assetId) this.remove(task.id);
  }

  /** Is true while a task could begin. */
  hasDue(now: number): boolean {
    if (lanes.some((lane) => this.#lines[lane].size > 0)) return true;
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
    const priorities = this.#lines[lane];
    if (priorities.size === 0) return null;
    let best: { line: Line; task: ReadyTask; running: number } | null = null;
    for (const [assetId, line] of priorities.get(Math.min(...priorities.keys())) ?? []) {
      const task = line.at(-1);
      if (task === undefined) continue;
      const running = this.#running.get(assetId) ?? 0;
      if (best === null || (running - best.running || compareTasks(task, best.task)) < 0)
        best = { line, task, running };
    }
    if (best === null) return null;
    best.line.pop();
    this.#held.delete(best.task.id);
    this.#dropEmpty(best.task, best.line);
    return best.task;
  }

  /** Notes that one more task of the asset runs, or one fewer. */
  countRunning(assetId: string, change: 1 | -1): void {
    const running = (this.#running.get(assetId) ?? 0) + change;
    if (running > 0) this.#running.set(assetId, running);
    else this.#running.delete(assetId);
  }

  #line(task: ReadyTask): void {
    const priorities = this.#lines[task.lane];
    const assets = priorities.get(task.priority) ?? new Map<string, Line>();
    priorities.set(task.priority, assets);
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

  #dropEmpty({ lane, priority, assetId }: ReadyTask, line: Line): void {
    if (line.length > 0) return;
    const assets = this.#lines[lane].get(priority);
    assets?.delete(assetId);
    if (assets?.size === 0) this.#lines[lane].delete(priority);
  }
}

/** Below zero where `a` waits longer than `b`. */
function compareTasks(a: ReadyTask, b: ReadyTask): number {
  return a.queuedAt - b.queuedAt || a.ordinal - b.ordinal;
}
