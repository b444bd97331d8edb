// Walks through `hdstest login` in Debian's Chromium: the program under HDSTEST
// opens the "browser" browser.sh, which writes the address to BROWSER_ADDRESS, and
// Chromium goes there.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { launch } from "./chromium-browser.mjs";
import { sandbox, step } from "./driver.mjs";

const { browser, page, seen, look } = await launch((url) => url.startsWith("http"));
const addressFile = process.env.BROWSER_ADDRESS;

// login starts the command and gives the address that it opened.
async function login(...args) {
  rmSync(addressFile, { force: true });
  const child = spawn(process.env.HDSTEST, ["login", "--profile", "sandbox", "--client-id", sandbox.public_client_id, ...args]);
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].on("data", (d) => (said[name] += d));
  const ended = new Promise((resolve) => child.on("close", (code) => resolve({ code, ...said })));
  while (!existsSync(addressFile)) {
    const early = await Promise.race([ended, pause(20)]);
    if (early) throw new Error(`login ended before it opened a browser: ${JSON.stringify(early)}`);
  }
  const address = readFileSync(addressFile, "utf8").trim();
  return { address, redirect: new URL(address).searchParams.get("redirect_uri"), ended };
}

async function signIn() {
  await page.getByLabel("User name").fill(sandbox.username);
  await page.getByLabel("Password").fill(sandbox.password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

// final is the page at the end: how it looks, where it is, and what it says.
// The command stays until it was fetched, and no longer.
async function final(name, started) {
  await page.waitForURL((url) => url.href.startsWith(started.redirect));
  const ended = await started.ended;
  return { ...(await look(name)), url: page.url().slice(started.redirect.length), text: await page.locator("main").innerText(), ended };
}

await step("declined", async () => {
  const started = await login("--prompt", "consent");
  await page.goto(started.address);
  await signIn();
  await page.getByRole("button", { name: "Cancel" }).click();
  return final("login-declined", started);
});
await step("wrong state, then the right one", async () => {
  const started = await login();
  const answer = await page.goto(`${started.redirect}?code=stolen&state=wrong`);
  const wrong = { ...(await look("login-wrong-state")), status: answer.status(), text: await page.locator("main").innerText() };
  await page.goto(started.address);
  return { wrong, right: await final("login-done-already", started) };
});
await step("signed in", async () => {
  const started = await login("--prompt", "login");
  await page.goto(started.address);
  await signIn();
  return final("login-done", started);
});
await step("what the pages asked for", () => ({ hosts: [...seen.hosts], requests: seen.requests.length, problems: seen.problems }));
await step("the same page with faults", async () => {
  await page.evaluate(async () => {
    document.querySelector("p").style.color = "#949494";
    document.querySelector("main").style.width = "1400px";
    document.querySelector("main").style.maxWidth = "none";
    await new Promise((over) => Object.assign(new Image(), { onload: over, onerror: over, src: "https://elsewhere.invalid/picture" }));
  });
  return { ...(await look("login-faults")), problems: seen.problems };
});
rmSync(addressFile, { force: true });
await browser.close();
