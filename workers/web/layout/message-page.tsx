import type { Child } from "hono/jsx";
import { Layout } from "./layout.tsx";

/** A page that says one thing: what happened, its code, and where to go from here. */
export function MessagePage(props: {
  heading: string;
  /** Stable code, as in the API's problems. */
  code: string;
  place?: "films" | "studio" | "signed-out-studio";
  head?: Child;
  children?: Child;
  action?: { href: string; label: string };
  /** The message's subject, shown above it. */
  about?: string | null;
  /** Below it all. */
  more?: Child;
}) {
  const action = props.action ?? { href: "/", label: "All films" };
  return (
    <Layout title={props.heading} place={props.place ?? "films"} head={props.head}>
      <main id="content" class="message">
        {props.about == null ? null : <p class="kicker">{props.about}</p>}
        <h1>{props.heading}</h1>
        {props.children}
        <p>
          <a class="button" href={action.href}>
            {action.label}
          </a>
        </p>
        <p class="code">{props.code}</p>
        {props.more}
      </main>
    </Layout>
  );
}
