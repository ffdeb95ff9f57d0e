/** A reason to stop that a person can act on: shown as one sentence, without a stack. */
export class StopSentence extends Error {}

/** Runs a script's main function; prints a {@link StopSentence}, and what is wrong with an option, as it is; exits with its status. */
export async function runScript(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof StopSentence || isMisspelt(error))) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** `parseArgs` (node:util) throws these for an option that there isn't, or that lacks its value. */
function isMisspelt(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
}
