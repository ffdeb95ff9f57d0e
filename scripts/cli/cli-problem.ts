import { StopSentence } from "../local/user-error.ts";

/** Why a command could not do what it was asked: a stable code for scripts, a sentence for people. */
export class CliProblem extends StopSentence {
  readonly code: string;

  constructor(code: string, sentence: string) {
    super(sentence);
    this.code = code;
  }
}
