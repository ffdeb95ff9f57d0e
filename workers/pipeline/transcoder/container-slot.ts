import { silentMs } from "../../../protocol/report.ts";
import { headWithin } from "../../shared/fetch-within.ts";
import { TimedOut, withTimeout } from "../../shared/with-timeout.ts";
import { type Lane, slotRoom } from "../scheduler/lanes.ts";
import { idleMs, type SlotState } from "../scheduler/slot-table.ts";

/** What a slot needs of `ctx.container`. */
export type SlotContainer = Pick<
  Container,
  | "running"
  | "start"
  | "monitor"
  | "destroy"
  | "getTcpPort"
  | "setInactivityTimeout"
  | "interceptOutboundHttp"
>;

/** The longest waits of a slot, milliseconds. */
export interface SlotLimits {
  /** From the start of a container to its first healthy answer. */
  startMs: number;
  /** Between two looks at a container that starts, and for one answer to a look. */
  pauseMs: number;
  lookMs: number;
  /** For the answer to a task to begin. */
  answerMs: number;
  /** For the next line of a running task. */
  silentMs: number;
  /** For the consumer to take a line: it may wait for D1 meanwhile. */
  takenMs: number;
  /** For the platform to do what it is told. */
  platformMs: number;
}

const usual: SlotLimits = {
  ...{ startMs: 30_000, pauseMs: 500, lookMs: 2000, answerMs: 10_000, silentMs },
  ...{ takenMs: 120_000, platformMs: 10_000 },
};

const containerPort = 8080;

/** A task for the container. */
export interface SlotTask {
  lane: Lane;
  /** The body of `POST /tasks`. */
  body: string;
  /** The host under which the container reaches the Worker, and the entrypoint that answers. */
  host: string;
  api: Fetcher;
}

/**
 * One container and the tasks in it. Nothing waits for the container without end: one that does not come up, or says nothing while
 * it has a task, is destroyed, and the next task starts another. Room is given back however a task ends.
 */
export class ContainerSlot {
  #container: SlotContainer;
  #key: string;
  #tell: (state: SlotState) => Promise<void>;
  #limits: SlotLimits;
  #running = { heavy: 0, light: 0 };

  /** @param key of the transcoder in it; @param tell hears when the container runs and when it is gone */
  constructor(
    container: SlotContainer,
    key: string,
    tell: (state: SlotState) => Promise<void>,
    limits: SlotLimits = usual,
  ) {
    this.#container = container;
    this.#key = key;
    this.#tell = tell;
    this.#limits = limits;
  }

  /**
   * Gives the task to the container. @param waitUntil keeps the object alive while the task runs
   * @returns the container's own answer, or its refusal; 409 while there is no room, 503 when it can't be had
   */
  async run(task: SlotTask, waitUntil: (work: Promise<unknown>) => void): Promise<Response> {
    const { lane } = task;
    if (this.#running[lane] >= slotRoom[lane]) return new Response("busy", { status: 409 });
    this.#running[lane] += 1;
    let answer: Response;
    try {
      answer = await this.#ask(task, waitUntil);
    } catch (error) {
      this.#running[lane] -= 1;
      console.error("container could not take the task", error);
      // Others that run in it are heard of by themselves.
      if (this.#running.heavy + this.#running.light === 0) await this.#destroy("it takes no task");
      return new Response("the container could not take the task", { status: 503 });
    }
    if (!answer.ok || answer.body === null) {
      this.#running[lane] -= 1;
      return answer;
    }
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    waitUntil(
      this.#pass(answer.body, writable).finally(() => {
        this.#running[lane] -= 1;
      }),
    );
    return new Response(readable, answer);
  }

  async #ask({ body, host, api }: SlotTask, waitUntil: (work: Promise<unknown>) => void): Promise<Response> {
    const container = this.#container;
    const { platformMs, answerMs } = this.#limits;
    if (!container.running) {
      container.start({ enableInternet: false, env: { TRANSCODER_KEY: this.#key } });
      waitUntil(this.#tellWhenItEnds());
    }
    await withTimeout("the platform", platformMs, async () => {
      await container.interceptOutboundHttp(host, api);
      await container.setInactivityTimeout(idleMs);
    });
    const port = container.getTcpPort(containerPort);
    await this.#untilHealthy(port);
    await this.#tell("warm");
    const headers = { Authorization: `Bearer ${this.#key}` };
    const answer = await headWithin(answerMs, (signal) =>
      port.fetch("http://container/tasks", { method: "POST", headers, body, signal }),
    );
    if (answer.status !== 403) return answer;
    await this.#destroy("it was started under another key");
    throw new Error("the container has another key");
  }

  async #untilHealthy(port: Fetcher): Promise<void> {
    const { startMs, pauseMs, lookMs } = this.#limits;
    const until = Date.now() + startMs;
    do {
      const healthy = await headWithin(lookMs, (signal) =>
        port.fetch("http://container/healthz", { signal }),
      ).then(
        async (response) => {
          await response.body?.cancel();
          return response.ok;
        },
        () => false,
      );
      if (healthy) return;
      await scheduler.wait(pauseMs);
    } while (Date.now() < until);
    throw new Error("the container did not come up");
  }

  /** Passes lines on as they come. A container that says nothing is destroyed; a consumer that has gone ends the task. */
  async #pass(lines: ReadableStream<Uint8Array>, to: WritableStream<Uint8Array>): Promise<void> {
    const reader = lines.getReader();
    const writer = to.getWriter();
    // What they would say is said by the calls below.
    for (const state of [writer.closed, writer.ready]) void state.catch(() => undefined);
    try {
      for (;;) {
        const { done, value } = await withTimeout("the container", this.#limits.silentMs, () =>
          reader.read(),
        );
        if (done) break;
        await this.#taken(() => writer.write(value));
      }
      await this.#taken(() => writer.close());
    } catch (error) {
      console.warn("a task's lines broke off", String(error));
      // Neither is waited for: who hangs does not answer to this either.
      void reader.cancel(error).catch(() => undefined);
      void writer.abort(error).catch(() => undefined);
      if (error instanceof TimedOut) await this.#destroy("it says nothing");
    }
  }

  /** Waits for the consumer, who may wait for D1. That it does not is no fault of the container's. */
  async #taken(act: () => Promise<void>): Promise<void> {
    try {
      await withTimeout("the consumer", this.#limits.takenMs, act);
    } catch (cause) {
      throw new Error("the consumer is gone", { cause });
    }
  }

  async #destroy(why: string): Promise<void> {
    if (!this.#container.running) return;
    console.error("a container is destroyed", why);
    const { platformMs } = this.#limits;
    await withTimeout("the platform", platformMs, () => this.#container.destroy()).catch((error: unknown) =>
      console.error("a container could not be destroyed", error),
    );
  }

  async #tellWhenItEnds(): Promise<void> {
    await this.#container
      .monitor()
      .catch((error: unknown) => console.warn("a container ended badly", String(error)));
    await this.#tell("cold");
  }
}
