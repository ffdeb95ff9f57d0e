/** Gives media-chrome's seek bar its thumbnails: it looks for a metadata track with this label. Again for a new grant. */
export function showStoryboard(video: HTMLVideoElement, url: string): void {
  const known = video.querySelector<HTMLTrackElement>('track[label="thumbnails"]');
  if (known !== null) {
    known.src = url;
    return;
  }
  const track = document.createElement("track");
  track.kind = "metadata";
  track.label = "thumbnails";
  track.default = true;
  track.src = url;
  video.append(track);
}
