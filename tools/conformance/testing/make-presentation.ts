/** A small film as Marquee really publishes it, in a folder. */
import { makeFilm, testPicture } from "../../../test/support/transcoder/make-film.ts";
import { transcodeFilm } from "../../../test/support/transcoder/transcode-film.ts";
import { writePresentation } from "./write-presentation.ts";

/** Writes two video qualities, an audio track and `main.m3u8` into `folder`: 14 s in segments of 6, 6 and 2 s. */
export async function makePresentation(folder: string): Promise<void> {
  const source = makeFilm("mp4", [
    ...testPicture({ size: "640x360", seconds: 14 }),
    ...["-pix_fmt", "yuv420p", "-metadata:s:a:0", "language=eng"],
  ]);
  const film = await transcodeFilm(source);
  await film.storage.close();
  await writePresentation(film, folder, ["video", "audio"]);
}
