/** The address of a poster (see `images`): public, immutable, the same for everyone. `width` in pixels. */
export function posterPath(assetId: string, renditionKey: string, width: 640 | 1280): string {
  return `/images/${assetId}/${renditionKey}/poster-${width}.jpg`;
}
