import { Layout } from "../layout/layout.tsx";

/** The page where a producer signs in with their key. `next` is the studio page to go to afterwards. */
export function SignInPage(props: { next: string; wrong?: boolean }) {
  const wrong = props.wrong === true;
  return (
    <Layout title="Sign in" place="signed-out-studio">
      <main id="content" class="sign-in">
        <h1>Studio</h1>
        <p>Upload films, follow how they are prepared, and choose where they can be watched.</p>
        <form method="post" action="/studio/sign-in" class="fields">
          <input type="hidden" name="next" value={props.next} />
          <label for="key">Producer key</label>
          <input
            id="key"
            name="key"
            type="password"
            required
            autofocus
            maxlength={200}
            placeholder="mqk_…"
            autocomplete="current-password"
            spellcheck={false}
            aria-invalid={wrong ? "true" : undefined}
            aria-describedby={wrong ? "key-wrong key-hint" : "key-hint"}
          />
          {wrong ? (
            <p id="key-wrong" class="field-error" role="alert">
              This key is not valid. Copy it once more, whole and without spaces.
            </p>
          ) : null}
          <p id="key-hint" class="hint">
            It starts with <code>mqk_</code>; <code>npm start</code> prints it, or your operator gives it to
            you.
          </p>
          <button class="button primary" type="submit">
            Sign in
          </button>
        </form>
      </main>
    </Layout>
  );
}
