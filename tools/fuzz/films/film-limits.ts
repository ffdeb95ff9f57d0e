/** The share of time and memory that one small film of the fuzz may take, whatever was done to it. */
import { maxToolMemoryBytes } from "../../../containers/transcoder/task/limits.ts";

/** From the upload to its last task, on a busy machine; an untouched one takes two to six seconds. */
export const deadlineMs = 90_000;

/** Peak of FFmpeg or ffprobe, bytes: the product's own limit, and what grows between two looks at it. */
export const mostToolBytes = 1.1 * maxToolMemoryBytes;

/** Peak of the process around them, bytes: it holds the film, what is made of it, and the test's server. */
export const mostProcessBytes = 700 * 1024 * 1024;
