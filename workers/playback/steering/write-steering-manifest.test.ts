import { expect, test } from "vitest";
import { type Pathway, pathwaysFor } from "./pathway.ts";
import { writeSteeringManifest } from "./write-steering-manifest.ts";

function pathway(id: string, more: Partial<Pathway> = {}): Pathway {
  const baseUrl = `https://${id}.example`;
  return { id, baseUrl, countries: null, asns: null, priority: 1, ttlSeconds: 300, ...more };
}

const folder = "https://watch.example/v/to.ke.n/";
const playlists = [
  { kind: "variant", stableId: "v720p-1", path: "v720p-1/playlist.m3u8" },
  { kind: "variant", stableId: "v720p-1.iframes", path: "v720p-1/iframes.m3u8" },
  { kind: "rendition", stableId: "a0-1", path: "a0-1/playlist.m3u8" },
] as const;

test("a place is offered the pathways of its country and network, the highest priority first", () => {
  const all = [
    pathway("everywhere", { priority: -5 }),
    pathway("spain", { countries: ["ES", "PT"], priority: 10 }),
    pathway("on-net", { countries: ["ES"], asns: [3352], priority: 20 }),
    pathway("also-spain", { countries: ["ES"], priority: 10 }),
  ];
  const ids = (country: string, asn: number | null) => pathwaysFor({ country, asn }, all).map(({ id }) => id);
  expect(ids("ES", 3352)).toEqual(["on-net", "also-spain", "spain", "everywhere"]);
  expect(ids("ES", 12_345)).toEqual(["also-spain", "spain", "everywhere"]);
  expect(ids("ES", null)).toEqual(["also-spain", "spain", "everywhere"]);
  expect(ids("PT", 3352)).toEqual(["spain", "everywhere"]);
  expect(ids("XX", null)).toEqual(["everywhere"]);
});

test("the edge stands between what is preferred and what is spare", () => {
  const offered = [pathway("on-net", { ttlSeconds: 30 }), pathway("spare", { priority: -1 })];
  expect(writeSteeringManifest(offered, folder, playlists)).toEqual({
    VERSION: 1,
    TTL: 30,
    "RELOAD-URI": "steering.json",
    "PATHWAY-PRIORITY": ["on-net", "edge", "spare"],
    "PATHWAY-CLONES": [
      { "BASE-ID": "edge", ID: "on-net", "URI-REPLACEMENT": { HOST: "on-net.example" } },
      { "BASE-ID": "edge", ID: "spare", "URI-REPLACEMENT": { HOST: "spare.example" } },
    ],
  });
});

test("a pathway that differs by more than its host names every URI", () => {
  for (const baseUrl of ["https://cdn.example/marquee", "https://cdn.example:8443", "http://127.0.0.1:80"]) {
    const clones = writeSteeringManifest([pathway("cdn", { baseUrl })], folder, playlists)["PATHWAY-CLONES"];
    expect(clones?.[0]?.["URI-REPLACEMENT"], baseUrl).toEqual({
      "PER-VARIANT-URIS": {
        "v720p-1": `${baseUrl}/v/to.ke.n/v720p-1/playlist.m3u8`,
        "v720p-1.iframes": `${baseUrl}/v/to.ke.n/v720p-1/iframes.m3u8`,
      },
      "PER-RENDITION-URIS": { "a0-1": `${baseUrl}/v/to.ke.n/a0-1/playlist.m3u8` },
    });
  }
});

test("a viewer for whom no pathway is left stays on the edge", () => {
  expect(writeSteeringManifest([], folder, playlists)).toEqual({
    VERSION: 1,
    TTL: 300,
    "RELOAD-URI": "steering.json",
    "PATHWAY-PRIORITY": ["edge"],
  });
});
