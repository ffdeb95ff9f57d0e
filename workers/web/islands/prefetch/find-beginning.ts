/** Finds the first files that hls.js will ask for, read from the playlists as it reads them. Pure. */

/** The media playlists that a film begins with: picture, and sound where it is apart. Relative URIs. */
export function firstPlaylists(multivariant: string, size: { width: number; height: number }): string[] {
  const lines = multivariant.split(/\r?\n/);
  const variants = lines.flatMap((line, at) => {
    const uri = lines[at + 1];
    if (!line.startsWith("#EXT-X-STREAM-INF:") || uri === undefined || uri.startsWith("#")) return [];
    const [, width = "0", height = "0"] = /RESOLUTION=(\d+)x(\d+)/.exec(line) ?? [];
    const rate = Number(/[:,]BANDWIDTH=(\d+)/.exec(line)?.[1] ?? 0);
    return [{ uri, rate, width: Number(width), height: Number(height), group: quoted(line, "AUDIO") }];
  });
  const first = variants[0];
  if (first === undefined) return [];
  // The player keeps to the first variant's sound, and to pictures no larger than the screen can show.
  const ladder = variants.filter(({ group }) => group === first.group).toSorted((a, b) => a.rate - b.rate);
  const enough = ladder.find(({ width, height }) => width >= size.width || height >= size.height);
  const start = enough !== undefined && enough.rate < first.rate ? enough : first;
  const sound = lines.find(
    (line) =>
      line.startsWith("#EXT-X-MEDIA:TYPE=AUDIO") &&
      quoted(line, "GROUP-ID") === start.group &&
      line.includes("DEFAULT=YES"),
  );
  const soundUri = sound === undefined ? null : quoted(sound, "URI");
  return soundUri === null ? [start.uri] : [start.uri, soundUri];
}

/** The files that a media playlist begins with: its init segment, where it has one, and its first segment. Relative URIs. */
export function firstFiles(playlist: string): string[] {
  const lines = playlist.split(/\r?\n/);
  const map = lines.find((line) => line.startsWith("#EXT-X-MAP:"));
  const init = map === undefined ? null : quoted(map, "URI");
  const segment = lines.find((line) => line !== "" && !line.startsWith("#"));
  return [init, segment].flatMap((uri) => (uri === null || uri === undefined ? [] : [uri]));
}

function quoted(line: string, name: string): string | null {
  return new RegExp(`[:,]${name}="([^"]*)"`).exec(line)?.[1] ?? null;
}
