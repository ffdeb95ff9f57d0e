import type { PosterFolder } from "../../catalog/poster-folder.ts";

/** Pictures of films: any shape, loaded when they come into view. */

/** The address of a film's picture in one of the two widths that the pipeline makes. */
export function posterUrl(poster: PosterFolder, width: 640 | 1280): string {
  return `${poster.folder}/poster-${width}.jpg`;
}

/**
 * A film's picture in a 16:9 frame. A film that is not wide is shown whole, on a blurred copy of itself.
 * @param alt empty when the film's title stands beside it
 */
export function Poster(props: {
  poster: PosterFolder | null;
  title: string;
  alt?: string;
  eager?: boolean;
  sizes?: string;
}) {
  if (props.poster === null) {
    return (
      <span class="poster empty" aria-hidden="true">
        <span>{Array.from(props.title)[0] ?? ""}</span>
      </span>
    );
  }
  const small = posterUrl(props.poster, 640);
  const large = posterUrl(props.poster, 1280);
  const wide = props.poster.width / props.poster.height > 1.45;
  const loading = props.eager === true ? "eager" : "lazy";
  return (
    <span class={wide ? "poster" : "poster whole"}>
      {wide ? null : (
        <img class="backdrop" src={small} alt="" aria-hidden="true" loading={loading} decoding="async" />
      )}
      <img
        src={small}
        srcset={`${small} 640w, ${large} 1280w`}
        sizes={props.sizes ?? "(min-width: 1200px) 20vw, (min-width: 700px) 33vw, 50vw"}
        width={props.poster.width}
        height={props.poster.height}
        alt={props.alt ?? ""}
        loading={loading}
        decoding="async"
      />
    </span>
  );
}
