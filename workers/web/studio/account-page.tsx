/** A producer's share of the service: what they may have, and have. */
import type { AccountJson } from "../../api/account/describe-account.ts";
import type { QuotaName } from "../../catalog/quotas.ts";
import { formatBytes } from "../format/format.ts";
import { Layout } from "../layout/layout.tsx";

/** The words for each quota. */
const words: Record<QuotaName, string> = {
  bytes_stored: "Stored (deleted films for 30 days more)",
  films: "Films (deleted ones for 30 days more)",
  open_uploads: "Unfinished uploads",
  running_patches: "Uploads that send at this moment",
  ended_uploads: "Uploads that ended without a film, within a month",
  open_tasks: "Work that waits or runs, in tasks",
  policy_versions: "Versions kept of each policy",
  policy_bytes: "All policies with their versions",
  signing_keys: "Signing keys",
  sessions: "Sign-ins to the studio",
};

/** The page of one account. */
export function AccountPage({ account }: { account: AccountJson }) {
  const rows = Object.entries(account.quotas) as [QuotaName, AccountJson["quotas"][QuotaName]][];
  return (
    <Layout title="Your share" place="studio">
      <main id="content" class="studio">
        <h1>Your share</h1>
        <p class="calm">
          {account.name}, <code>{account.id}</code>. What is full is refused until there is room again; your
          operator can give you more.
        </p>
        <section class="panel" aria-labelledby="quotas">
          <h2 id="quotas">Quotas</h2>
          <dl class="quotas">
            {rows.map(([name, { used, limit }]) => (
              <div>
                <dt>{words[name]}</dt>
                <dd>
                  {used === null ? amount(name, limit) : `${amount(name, used)} of ${amount(name, limit)}`}
                  {used === null ? null : (
                    <progress
                      max={1}
                      value={limit === 0 ? 1 : Math.min(1, used / limit)}
                      aria-label={words[name]}
                    />
                  )}
                </dd>
              </div>
            ))}
          </dl>
        </section>
        <section class="panel" aria-labelledby="rates">
          <h2 id="rates">Requests a minute</h2>
          <dl class="pairs">
            {account.rates.map(({ limit, requests }) => (
              <>
                <dt>{rateWords[limit] ?? limit}</dt>
                <dd>{requests.toLocaleString("en")}</dd>
              </>
            ))}
          </dl>
        </section>
        <nav class="pager" aria-label="Pages">
          <a class="button" href="/studio">
            ← Films
          </a>
        </nav>
      </main>
    </Layout>
  );
}

const rateWords: Record<string, string> = {
  account: "In all",
  key: "With one key",
  address: "From one address",
};

function amount(name: QuotaName, value: number): string {
  return name === "bytes_stored" || name === "policy_bytes" ? formatBytes(value) : value.toLocaleString("en");
}
