// Walks the sandbox's pages in Debian's Chromium.
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { launch } from "./chromium-browser.mjs";
import { claims, sandbox, step } from "./driver.mjs";

const { browser, page, seen, look } = await launch((url) => url.startsWith(sandbox.login_url));

// app is a native app with a listener that takes GET and POST.
async function app(more) {
  const server = createServer();
  const answer = new Promise((resolve) => server.on("request", (request, response) => {
    if (request.url.startsWith("/favicon")) return response.writeHead(404).end();
    let body = "";
    request.on("data", (d) => (body += d));
    request.on("end", () => {
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>app</title><h1>Signed in</h1>");
      resolve({ method: request.method, ...Object.fromEntries(new URLSearchParams(body || new URL(request.url, "http://localhost").search)) });
    });
  }));
  server.unref(); // a page that nobody comes back from does not keep the driver
  await new Promise((ready) => server.listen(0, "localhost", ready));
  const redirect_uri = `http://localhost:${server.address().port}`;
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({ client_id: sandbox.public_client_id, response_type: "code", redirect_uri, state: "s & <b>",
    scope: `openid profile offline_access ${sandbox.fhir_url}/user_impersonation`, nonce: "n",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256", ...more });
  return { url: `${sandbox.authority}/oauth2/v2.0/authorize?${query}`, redirect_uri, verifier, answer: answer.finally(() => server.close()) };
}

async function signIn(password = sandbox.password) {
  await page.getByLabel("User name").fill(sandbox.username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function redeem(started, code) {
  const body = new URLSearchParams({ grant_type: "authorization_code", client_id: sandbox.public_client_id, code,
    redirect_uri: started.redirect_uri, code_verifier: started.verifier, scope: `${sandbox.fhir_url}/user_impersonation` });
  const answer = await (await fetch(`${sandbox.authority}/oauth2/v2.0/token`, { method: "POST", body })).json();
  return { claims: claims(answer.access_token), refresh: Boolean(answer.refresh_token), error: answer.error ?? null };
}

await step("root page", async () => {
  await page.goto(sandbox.login_url);
  return { ...(await look("root")), text: await page.locator("body").innerText() };
});
await step("sign-in page", async () => {
  await page.goto((await app({ prompt: "login" })).url);
  return { ...(await look("signin")), focus: await page.evaluate(() => document.activeElement.name) };
});
await step("wrong password", async () => {
  await signIn("wrong");
  return { ...(await look("wrong-password")), alert: await page.getByRole("alert").innerText(), kept: await page.getByLabel("User name").inputValue(),
    password: await page.getByLabel("Password").inputValue() };
});
for (const response_mode of ["query", "form_post"]) {
  await step(`sign in, ${response_mode}`, async () => {
    const started = await app({ response_mode, prompt: "login" });
    await page.goto(started.url);
    await signIn();
    const answer = await started.answer;
    await page.getByRole("heading", { name: "Signed in" }).waitFor();
    return { method: answer.method, state: answer.state, ...(await redeem(started, answer.code)) };
  });
}
await step("signed in already, fragment", async () => {
  const started = await app({ response_mode: "fragment" });
  await page.goto(started.url);
  await started.answer;
  const fragment = new URLSearchParams(await page.evaluate(() => location.hash.slice(1)));
  return { state: fragment.get("state"), ...(await redeem(started, fragment.get("code"))) };
});
await step("consent page", async () => {
  const started = await app({ prompt: "consent" });
  await page.goto(started.url);
  const said = await look("consent");
  await page.getByRole("button", { name: "Accept" }).click();
  return { ...said, ...(await redeem(started, (await started.answer).code)) };
});
await step("consent declined", async () => {
  const started = await app({ prompt: "consent" });
  await page.goto(started.url);
  await page.getByRole("button", { name: "Cancel" }).click();
  return started.answer;
});
await step("foreign redirect URI", async () => {
  const answer = await page.goto((await app({ redirect_uri: "https://evil.invalid/" })).url);
  return { ...(await look("error")), status: answer.status(), alert: await page.getByRole("alert").innerText() };
});
await step("device page", async () => {
  await page.goto(`${sandbox.login_url}/devicelogin`);
  const said = await look("device");
  await page.getByLabel("Code").fill("NOSUCHCDE");
  await page.getByRole("button", { name: "Next" }).click();
  return { ...said, alert: await page.getByRole("alert").innerText() };
});
await step("what the pages loaded", () => ({ hosts: [...seen.hosts], problems: seen.problems, version: browser.browser()?.version() ?? "" }));
await browser.close();
