// Opens reports of the form html, the files named in REPORTS, in Debian's Chromium.
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { launch } from "./chromium-browser.mjs";
import { step } from "./driver.mjs";

const { browser, page, seen, look } = await launch(() => true);
for (const file of process.env.REPORTS.split(":")) {
  await step(basename(file), async () => {
    await page.goto(pathToFileURL(file).href);
    return { ...(await look(basename(file, ".html"))), text: await page.locator("main").innerText() };
  });
}
await step("what the pages asked for", () => ({ elsewhere: seen.requests.filter((url) => !url.startsWith("file:")), problems: seen.problems }));
await step("the same page with faults", async () => {
  await page.evaluate(async () => {
    document.querySelector(".sum").style.color = "#949494";
    document.querySelector("main").style.width = "1400px";
    document.querySelector("main").style.maxWidth = "none";
    await new Promise((over) => Object.assign(new Image(), { onload: over, onerror: over, src: "https://elsewhere.invalid/picture" }));
  });
  return { ...(await look("report-faults")), problems: seen.problems };
});
await browser.close();
