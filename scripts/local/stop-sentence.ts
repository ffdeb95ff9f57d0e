/** A reason to stop that a person can act on: shown as one sentence, without a stack. */
export class StopSentence extends Error {}

/** Runs a script's main function; prints a {@link StopSentence} as it is, and exits with its status. */
export async function runScript(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof StopSentence)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
