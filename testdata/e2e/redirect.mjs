// A redirect listener of an app's own: one answer by query on a free port.
import { createServer } from "node:http";
import { open, sandbox } from "./driver.mjs";

const state = "state of the e2e suite";

// listen waits for one answer to http://localhost:{any port}.
export function listen() {
  const server = createServer();
  const answer = new Promise((resolve) => {
    server.on("request", (request, response) => {
      response.end("You may close this window.");
      resolve(new URL(request.url, "http://localhost").searchParams);
    });
  });
  return new Promise((ready) => server.listen(0, "localhost", () => ready({
    state,
    redirectUri: `http://localhost:${server.address().port}`,
    code: answer.finally(() => server.close()).then((got) => {
      if (got.get("state") !== state) throw new Error(`state: ${got.get("state")}`);
      if (got.get("error")) throw new Error(`${got.get("error")}: ${got.get("error_description")}`);
      return got.get("code");
    }),
  })));
}

// askForCode sends a person to the plain authorize endpoint, without PKCE.
export async function askForCode(client, scope) {
  const { redirectUri, code } = await listen();
  const query = new URLSearchParams({ client_id: client, response_type: "code", redirect_uri: redirectUri, scope, state });
  open(`${sandbox.authority}/oauth2/v2.0/authorize?${query}`);
  return { redirectUri, code: await code };
}
