/** The address that holds `poster-640.jpg` and `poster-1280.jpg`, and the size of the picture, pixels. */
export interface PosterFolder {
  folder: string;
  width: number;
  height: number;
}

/** The poster of a row with its image rendition (left-joined); null when there is none. */
export function posterOf(
  assetId: string,
  rendition: { key: string | null; width: number | null; height: number | null },
): PosterFolder | null {
  const { key, width, height } = rendition;
  return key === null
    ? null
    : { folder: `/images/${assetId}/${key}`, width: width ?? 1280, height: height ?? 720 };
}
