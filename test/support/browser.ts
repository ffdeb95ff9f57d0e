/** A real Chromium with a profile of its own, which calls nobody but the page's servers. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { findTool } from "../../scripts/local/tools.ts";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];

/** A browser window to close after use. */
export interface TestBrowser {
  context: BrowserContext;
  close(): Promise<void>;
}

/** Opens Chromium. @param more further command-line flags. @throws Error when there is none; `npm test` installs it. */
export async function openBrowser(more: string[] = []): Promise<TestBrowser> {
  const executablePath = findTool("chromium");
  if (executablePath === null) throw new Error("Chromium is not installed; `npm test` says how.");
  const profile = mkdtempSync(path.join(tmpdir(), "marquee-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: [...flags, ...more],
    headless: true,
  });
  return {
    context,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
