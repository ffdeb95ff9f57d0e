/** Posters: every film has one, however short and still it is. */
import { expect, test } from "vitest";
import { makeFilm } from "../../../test/support/transcoder/make-film.ts";
import { transcodeFilm } from "../../../test/support/transcoder/transcode-film.ts";

test.each(["mp4", "mkv"] as const)(
  "a still slate of three seconds in %s has a poster in each size",
  async (extension) => {
    const source = "color=c=red:size=320x180:rate=12:duration=3";
    const film = await transcodeFilm(
      makeFilm(extension, ["-f", "lavfi", "-i", source, "-c:v", "libx264", "-pix_fmt", "yuv420p"]),
    );
    try {
      const { poster } = film.plan;
      expect(poster.images.length).toBeGreaterThan(0);
      for (const { file } of poster.images) {
        expect(film.storage.objects.get(`/media/${poster.key}/${file}`)?.byteLength).toBeGreaterThan(100);
      }
    } finally {
      await film.storage.close();
    }
  },
);
