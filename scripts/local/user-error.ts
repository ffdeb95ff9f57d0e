/**
 * A reason to stop that a person can act on: a script prints its one sentence, without a stack, and exits.
 * The code is for programs that read the command line's JSON.
 */
export class UserError extends Error {
  readonly code: string;

  constructor(sentence: string, code = "failed") {
    super(sentence);
    this.code = code;
  }
}

/** Runs a script's main function and exits with its status; a {@link UserError} or a mistyped option is printed, exit code 1. */
export async function runScript(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof UserError || isMistyped(error))) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** `parseArgs` (node:util) throws these for an option that does not exist, or that lacks its value. */
function isMistyped(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
}
