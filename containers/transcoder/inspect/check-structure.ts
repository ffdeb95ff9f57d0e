/**
 * Looks at a file's outer structure before any decoder does: most containers state their length, so a truncated upload
 * is known at once; and protected tracks look like plain ones to ffprobe, so they are looked for here.
 *
 * MPEG-TS, MPEG-PS and live Matroska don't state their length: cut anywhere, they are just shorter films.
 */
import { checkAsf } from "./containers/asf.ts";
import { checkAvi } from "./containers/avi.ts";
import { checkFlv } from "./containers/flv.ts";
import { checkMatroska } from "./containers/matroska.ts";
import { checkMp4 } from "./containers/mp4.ts";
import { checkTransportStream } from "./containers/mpeg-ts.ts";
import type { ReadSource } from "./containers/read-source.ts";
import type { Container } from "./sniff-container.ts";

const checks: Record<Container, (bytes: number, read: ReadSource) => Promise<void>> = {
  mov: checkMp4,
  matroska: checkMatroska,
  avi: checkAvi,
  flv: checkFlv,
  asf: checkAsf,
  mpegts: checkTransportStream,
  mpeg: async () => undefined,
};

/** @throws TaskFailure with the code of what is wrong: see the check of each container. */
export async function checkStructure(container: Container, bytes: number, read: ReadSource): Promise<void> {
  await checks[container](bytes, read);
}
