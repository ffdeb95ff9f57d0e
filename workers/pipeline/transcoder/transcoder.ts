/** One slot of the fleet: a Durable Object that owns one container and gives it one encode of pictures at a time. */
import { DurableObject } from "cloudflare:workers";
import { z } from "zod";
import { type TaskRequest, taskSpec } from "../../../protocol/task.ts";
import { transcoderKey } from "../../shared/transcoder-key.ts";
import { laneOf, slotRoom } from "../scheduler/lanes.ts";
import { tellSlot } from "../scheduler/scheduler-client.ts";
import { idleMs } from "../scheduler/slot-table.ts";
import { taskAccess } from "./task-access.ts";

const containerPort = 8080;
const startAttempts = 60;
const startPauseMs = 500;

const attemptSchema = z.object({
  ...{ taskId: z.string(), lease: z.string(), spec: taskSpec, access: taskAccess, slot: z.string() },
});

/**
 * Starts its container when a task comes, and answers with the container's own stream. It has as much room as one
 * consumer of the queue takes, and there are as many slots as consumers, so one always has room. The container has no
 * internet: it reaches only `marquee-<lease>.internal`, which is the TranscoderApi entrypoint under this attempt's
 * identity.
 */
export class Transcoder extends DurableObject<Env> {
  #running = { heavy: 0, light: 0 };

  /** `POST` with an attempt. 409 while there is no room for it; 503 where containers are off. */
  override async fetch(request: Request): Promise<Response> {
    const { container } = this.ctx;
    if (container === undefined) return new Response("containers are off here", { status: 503 });
    const { taskId, lease, spec, access, slot } = attemptSchema.parse(await request.json());
    const weight = laneOf(spec.kind);
    if (this.#running[weight] >= slotRoom[weight]) return new Response("busy", { status: 409 });
    this.#running[weight] += 1;
    try {
      const key = await transcoderKey(this.env.GRANT_SECRET, slot);
      if (!container.running) {
        container.start({ enableInternet: false, env: { TRANSCODER_KEY: key } });
        this.ctx.waitUntil(this.#tellWhenItEnds(container, slot));
      }
      const host = `marquee-${lease}.internal`;
      await container.interceptOutboundHttp(
        host,
        this.ctx.exports.TranscoderApi({ props: { taskId, lease, access } }),
      );
      await container.setInactivityTimeout(idleMs);
      const port = container.getTcpPort(containerPort);
      await untilHealthy(port);
      await tellSlot(this.env, slot, "warm");
      const body: TaskRequest = { taskId, spec, api: `http://${host}` };
      const answer = await port.fetch("http://container/tasks", {
        method: "POST",
        headers: { Authorization: `Bearer ${key}` },
        body: JSON.stringify(body),
      });
      if (answer.body === null) throw new Error("the container gave no answer");
      if (answer.status === 403) {
        await container.destroy(); // it was started under another secret
        throw new Error("the container has another key");
      }
      const { readable, writable } = new TransformStream();
      this.ctx.waitUntil(
        answer.body.pipeTo(writable).finally(() => {
          this.#running[weight] -= 1;
        }),
      );
      return new Response(readable, answer);
    } catch (error) {
      this.#running[weight] -= 1;
      console.error("container could not take the task", error);
      return new Response("the container could not take the task", { status: 503 });
    }
  }

  /** Tells the scheduler when the container is gone, so that it prefers others. */
  async #tellWhenItEnds(container: Container, slot: string): Promise<void> {
    await container.monitor().catch((error: unknown) => console.warn("a container ended badly", slot, error));
    await tellSlot(this.env, slot, "cold");
  }
}

async function untilHealthy(port: Fetcher): Promise<void> {
  for (let attempt = 0; attempt < startAttempts; attempt++) {
    const healthy = await port.fetch("http://container/healthz").then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return;
    await scheduler.wait(startPauseMs);
  }
  throw new Error("the container did not come up");
}
