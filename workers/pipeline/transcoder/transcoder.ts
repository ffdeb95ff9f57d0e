/** One slot of the fleet: a Durable Object that owns one container and gives it one encode of pictures at a time. */
import { DurableObject } from "cloudflare:workers";
import { z } from "zod";
import { type TaskRequest, taskSpec } from "../../../protocol/task.ts";
import { transcoderKey } from "../../shared/transcoder-key.ts";
import { laneOf } from "../scheduler/lanes.ts";
import { tellSlot } from "../scheduler/scheduler-client.ts";
import { ContainerSlot } from "./container-slot.ts";
import { taskAccess } from "./task-access.ts";

const attemptSchema = z.object({
  ...{ taskId: z.string(), lease: z.string(), spec: taskSpec, access: taskAccess, slot: z.string() },
  alone: z.boolean().default(false),
});

/**
 * Starts its container when a task comes, and answers with the container's own lines. It has as much room as one
 * consumer of the queue takes, and there are as many slots as consumers, so one always has room. The container has no
 * internet: it reaches only `marquee-<lease>.internal`, which is the TranscoderApi entrypoint under this attempt's
 * identity.
 */
export class Transcoder extends DurableObject<Env> {
  #slot: ContainerSlot | null = null;

  /** `POST` with an attempt. 409 while there is no room for it; 503 where containers are off. */
  override async fetch(request: Request): Promise<Response> {
    const { container } = this.ctx;
    if (container === undefined) return new Response("containers are off here", { status: 503 });
    const { taskId, lease, spec, access, slot, alone } = attemptSchema.parse(await request.json());
    const key = await transcoderKey(this.env.GRANT_SECRET, slot);
    this.#slot ??= new ContainerSlot(container, key, (state) => tellSlot(this.env, slot, state));
    const host = `marquee-${lease}.internal`;
    const body: TaskRequest = { taskId, spec, alone, api: `http://${host}` };
    const task = {
      ...{ lane: laneOf(spec.kind), body: JSON.stringify(body), host },
      api: this.ctx.exports.TranscoderApi({ props: { taskId, lease, access } }),
    };
    return await this.#slot.run(task, (work) => this.ctx.waitUntil(work));
  }
}
