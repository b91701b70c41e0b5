// The operations with Node's own fetch: node with_fetch.mjs PLAN (see operations.py).
import { readFileSync, writeFileSync } from "node:fs";

const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { ids, login } = plan;
const JSON_HEADERS = { Accept: "application/json", "Content-Type": "application/json" };

class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

async function json(url, options) {
  const answer = await fetch(url, options);
  const text = await answer.text();
  if (answer.status >= 400) throw new Refused(answer.status, text);
  return [JSON.parse(text), answer];
}

let known;

async function logIn() {
  const domain = { id: "default" };
  const user = { name: login.username, password: login.password, domain };
  const scope = { project: { name: login.project_name, domain } };
  const auth = { identity: { methods: ["password"], password: { user } }, scope };
  const [body, answer] = await json(`${plan.auth_url}/auth/tokens`, {
    method: "POST", headers: JSON_HEADERS, body: JSON.stringify({ auth }),
  });
  const { endpoints } = body.token.catalog.find(({ type }) => type === "image");
  const { url } = endpoints.find((one) => one.region === plan.region && one.interface === "public");
  known = { token: answer.headers.get("x-subject-token"), endpoint: url.replace(/\/$/, "") };
}

async function ask(path, { token, ...options } = {}) {
  if (!known) await logIn();
  const headers = { ...JSON_HEADERS, "X-Auth-Token": token ?? known.token };
  const [body] = await json(known.endpoint + path, { headers, ...options });
  return body;
}

async function images(query) {
  const found = [];
  for (let path = `/v2/images?${query}`; path;) {
    const page = await ask(path);
    found.push(...page.images);
    const next = page.next && new URL(page.next, known.endpoint);
    path = next && next.pathname + next.search;
  }
  return found;
}

const idsOf = async (query) => (await images(query)).map(({ id }) => id).sort();

const operations = {
  list: () => idsOf(""),
  public: () => idsOf("visibility=public"),
  linux: () => idsOf("__os_type=Linux&limit=100"),
  sort: async () => (await images("sort=name:asc&limit=100")).map(({ name }) => name ?? ""),
  walk: () => idsOf("limit=7"),
  id: async () => (await ask(`/v2/images/${ids.known}`)).name,
  name: () => idsOf(`name=${encodeURIComponent(plan.name)}`),
  members: async () =>
    (await ask(`/v2/images/${ids.shared}/members`)).members
      .map((member) => [member.member_id, member.status]).sort(),
  pending: () => idsOf("visibility=shared&member_status=pending"),
  bad: () => idsOf("limit=abc"),
  unauthorized: () => ask("/v2/images", { token: "wrong" }),
  missing: () => ask(`/v2/images/${ids.unknown}`),
  create: () => ask("/v2/images", { method: "POST", body: '{"name": "made"}' }),
};

const results = {};
for (const name of plan.operations) {
  try {
    results[name] = await operations[name]();
  } catch (error) {
    const text = `${error.message} ${error.cause ?? ""}`;
    results[name] = { error: error.name, status: error.status ?? null, text };
  }
}
const release = process.versions.node;
writeFileSync(plan.results, JSON.stringify({ release, results, notes: [] }));
