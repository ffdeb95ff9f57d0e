import { fetchWithin } from "../../../shared/fetch-within.ts";

/** Longest wait for an answer of the service, ms. */
export const answerMs = 30_000;

/** An answer of the API that is not a success: its code and its sentence. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** Calls our own API with the studio's cookie. @returns the JSON of the answer, null when it has none. @throws ApiProblem */
export async function callApi(method: string, path: string): Promise<unknown> {
  const response = await fetchWithin(answerMs, path, { method, headers: { Accept: "application/json" } });
  if (response.ok) return response.status === 204 ? null : response.json();
  throw readProblem(response.status, await response.text());
}

/** Reads the body of a failed answer (problem+json, or anything). */
export function readProblem(status: number, body: string): ApiProblem {
  try {
    const problem: unknown = JSON.parse(body);
    if (typeof problem === "object" && problem !== null && "code" in problem && "detail" in problem) {
      return new ApiProblem(status, String(problem.code), String(problem.detail));
    }
  } catch {
    // Not JSON: a proxy's page, say.
  }
  return new ApiProblem(status, `http_${status}`, `The service answered ${status}. Try again in a moment.`);
}
