/** Reads FFmpeg's log as it comes: exit code 0 proves nothing about frames that were lost on the way. */

/** The findings of a tool's log about the source. */
export interface LogFindings {
  /** Frames that decoded with errors, and packets that gave none, by the stream's index in the source. */
  decodeErrors: Record<number, number>;
  /** Complaints of a demuxer or decoder about something missing or out of place. */
  complaints: number;
  /** Frames that the `fps` filter repeated because none came from the source (printed at `-v verbose`). */
  repeatedFrames: number;
}

const logBytes = 8 * 1024;

/**
 * One line a frame, whatever the codec. FFmpeg 5 names the stream as `#0:1` or `stream 1`, newer ones as
 * `[vist#0:1/h264 @ …]`.
 */
const frameLine =
  /corrupt decoded frame|[Ee]rror submitting packet|Decoding error|Error while decoding stream/;
const frameStream =
  /(?:vist|aist)#\d+:(\d+)|corrupt decoded frame in stream (\d+)|Error while decoding stream #\d+:(\d+)/;

const complaintLine =
  /exceeds containing master|EBML number|corrupt input packet|Packet corrupt|[Ii]nvalid NAL|ended prematurely|Frame num gap|Missing reference|missing picture|Could not find ref|partial file/;

const repeatedLine = / (\d+) frames duplicated/;

/** FFmpeg prints a line that comes again only once, and then how often it came. */
const againLine = /^\s*Last message repeated (\d+) times/;

/** Lines that are only there to be read here (`-v level+verbose`), and would push errors out of the log. */
const chatter = /\[(?:info|verbose|debug)\]/;

/** A reader to feed with stderr. `log` returns the last lines, without chatter. */
export function watchLog(): { feed: (text: string) => void; findings: LogFindings; log: () => string } {
  const findings: LogFindings = { decodeErrors: {}, complaints: 0, repeatedFrames: 0 };
  let log = "";
  let pending = "";
  let last: number | null = null;
  const count = (stream: number, frames: number): void => {
    findings.decodeErrors[stream] = (findings.decodeErrors[stream] ?? 0) + frames;
  };
  const read = (line: string): void => {
    const again = againLine.exec(line)?.[1];
    if (again !== undefined) {
      if (last !== null) count(last, Number(again));
      return;
    }
    const frame = frameLine.test(line) ? frameStream.exec(line) : null;
    const stream = frame?.[1] ?? frame?.[2] ?? frame?.[3];
    last = stream === undefined ? null : Number(stream);
    if (last !== null) count(last, 1);
    if (complaintLine.test(line)) findings.complaints++;
    findings.repeatedFrames += Number(repeatedLine.exec(line)?.[1] ?? 0);
    if (!chatter.test(line)) log = `${log}${line}\n`.slice(-logBytes);
  };
  return {
    findings,
    log: () => `${log}${pending}`,
    feed: (text) => {
      const lines = (pending + text).split(/\r?\n|\r/);
      pending = (lines.pop() ?? "").slice(-logBytes);
      for (const line of lines) read(line);
    },
  };
}
