/** Bundles the pages' client code and copies their static files into `dist/web`, which wrangler serves as assets. */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

const root = path.join(import.meta.dirname, "..");
const web = path.join(root, "workers/web");
const out = path.join(root, "dist/web");

rmSync(out, { recursive: true, force: true });
mkdirSync(path.join(out, "assets"), { recursive: true });
const islands = readdirSync(path.join(web, "islands"), { recursive: true, encoding: "utf8" }).filter((name) =>
  /\.island\.ts$/.test(name),
);
await build({
  entryPoints: [
    ...islands.map((name) => path.join(web, "islands", name)),
    ...["marquee.css"].map((name) => path.join(web, "styles", name)).filter((file) => existsSync(file)),
  ],
  outdir: path.join(out, "assets"),
  entryNames: "[name]",
  bundle: true,
  // One file each: the little that islands share is not worth a file that is only known of when they have come.
  splitting: false,
  format: "esm",
  target: "es2022",
  minify: true,
  logLevel: "warning",
});
if (existsSync(path.join(web, "static"))) cpSync(path.join(web, "static"), out, { recursive: true });
