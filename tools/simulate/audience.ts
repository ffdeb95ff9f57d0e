/** The audience: countries by weight, the network's location that each viewer meets, and their device. */
import { countryCodes } from "../../workers/shared/countries.ts";

/** Shares of the audience in percent; the other countries share what is left, evenly. The telecom's home markets lead. */
const shares: Record<string, number> = {
  ...{
    DE: 16,
    FR: 9,
    GB: 8,
    US: 8,
    ES: 7,
    IN: 7,
    BR: 5,
    MX: 4,
    IT: 4,
    PL: 3,
    JP: 3,
    ID: 2,
    NG: 2,
    ZA: 2,
    TR: 2,
  },
  ...{ SE: 1.5, AT: 1.5, CH: 1.5, NL: 1.5, AR: 1.5 },
};

/** The language of a country's devices, where it is not English. */
const deviceLanguages: Record<string, string> = {
  ...{ DE: "de", AT: "de", CH: "de", LI: "de", FR: "fr", BE: "fr", SN: "fr", CI: "fr" },
  ...{ ES: "es", MX: "es", AR: "es", CO: "es", CL: "es", PE: "es" },
};

/** One viewer. */
export interface Viewer {
  country: string;
  /** The location of the network that serves them. */
  location: number;
  /** The `Accept-Language` of their device. */
  acceptLanguage: string;
  /** The capacity of their line, bits per second. */
  lineRate: number;
}

/** The countries that viewers come from: all of ISO 3166-1, which leaves out the XK that Cloudflare adds. */
export const audienceCountries: readonly string[] = countryCodes.filter((code) => code !== "XK");

/** A drawer of viewers. Large countries are served by several locations; each location serves several countries. */
export function makeAudience(locations: number): (draw: () => number) => Viewer {
  const left = 100 - Object.values(shares).reduce((sum, share) => sum + share, 0);
  const others = audienceCountries.filter((code) => shares[code] === undefined);
  const weights = audienceCountries.map((code) => shares[code] ?? left / others.length);
  const ends: number[] = [];
  for (const weight of weights) ends.push((ends.at(-1) ?? 0) + weight);
  return (draw) => {
    const at = draw() * (ends.at(-1) ?? 0);
    const index = ends.findIndex((end) => at < end);
    const country = audienceCountries[index] ?? "DE";
    const spread = Math.max(1, Math.round((weights[index] ?? 0) / (100 / locations)));
    const location = (index * 7 + Math.floor(draw() * spread)) % locations;
    const language = deviceLanguages[country] ?? "en";
    const traveller = draw() < 0.05;
    return {
      ...{ country, location },
      acceptLanguage:
        traveller || language === "en"
          ? "en-US,en;q=0.9"
          : `${language}-${country},${language};q=0.9,en;q=0.5`,
      lineRate: 400_000 * 2 ** (draw() * 5),
    };
  };
}
