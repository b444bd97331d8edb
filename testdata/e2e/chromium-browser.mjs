// Debian's Chromium, which trusts the sandbox's CA by the NSS database in $HOME
// and by nothing else, and how a page looks in it. Screenshots go to SCREENSHOTS.
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

// launch starts the browser. seen gathers what its pages asked for and what went wrong.
export async function launch(ours) {
  const shots = process.env.SCREENSHOTS;
  mkdirSync(shots, { recursive: true });
  const browser = await chromium.launchPersistentContext(`${process.env.HOME}/chromium`, {
    executablePath: "/usr/bin/chromium", headless: true, viewport: { width: 360, height: 740 },
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
  const page = await browser.newPage();
  const seen = { requests: [], hosts: new Set(), problems: [] };
  browser.on("request", (r) => { seen.requests.push(r.url()); seen.hosts.add(new URL(r.url()).hostname); });
  page.on("console", (m) => {
    const refused = m.text().includes("status of 400"); // a page that is an error says so by its status
    if (m.type() === "error" && ours(m.location().url) && !refused) seen.problems.push(`${m.location().url}: ${m.text()}`);
  });
  page.on("pageerror", (e) => seen.problems.push(String(e)));
  return { browser, page, seen, look: (name) => look(page, `${shots}/${name}`) };
}

// look describes the page as a person with a narrow, a wide and a dark screen sees it.
async function look(page, shot) {
  const said = { title: await page.title(), heading: await page.locator("h1").first().textContent(), overflow: {}, contrast: {},
    language: await page.evaluate(() => document.documentElement.lang) };
  for (const width of [320, 360, 1280]) {
    await page.setViewportSize({ width, height: 740 });
    said.overflow[width] = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (width !== 320) await page.screenshot({ path: `${shot}-${width}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 360, height: 740 });
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    said.contrast[colorScheme] = await page.evaluate(leastContrast);
    if (colorScheme === "dark") await page.screenshot({ path: `${shot}-dark.png`, fullPage: true });
  }
  said.gap = await page.evaluate(() => {
    const [bar, card] = [".mark", "main"].map((s) => document.querySelector(s)?.getBoundingClientRect());
    return bar && card ? card.top - bar.bottom : null; // some pages have no bar
  });
  said.unlabelled = await page.locator("input:visible").evaluateAll((all) => all.filter((i) => !i.labels.length).length);
  return said;
}

// leastContrast is the lowest contrast of any text with what lies behind it, and
// whose it is; over a picture it cannot tell and fails. Runs in the page.
// Source: WCAG 2.2, "relative luminance" and "contrast ratio".
function leastContrast() {
  const colours = (text) => [...text.matchAll(/rgba?\(([^)]+)\)/g)].map(([, inner]) => inner.match(/[\d.]+/g).map(Number))
    .map(([r, g, b, a = 1]) => ({ r, g, b, a }));
  const over = (top, under) => Object.fromEntries(["r", "g", "b"].map((k) => [k, top[k] * top.a + under[k] * (1 - top.a)]));
  // behind gives the colours that lie behind a text: several where there is a gradient.
  const behind = (e) => {
    if (!e) return [{ r: 255, g: 255, b: 255 }];
    const { backgroundImage: image, backgroundColor, opacity } = getComputedStyle(e);
    if (image.includes("url(") || opacity !== "1") throw new Error(`cannot tell what lies behind ${e.outerHTML}`);
    const own = image === "none" ? colours(backgroundColor) : colours(image);
    return own.flatMap((top) => (top.a === 1 ? [top] : behind(e.parentElement).map((under) => over(top, under))));
  };
  const luminance = ({ r, g, b }) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  let least = { ratio: 21, text: "", texts: 0 };
  const consider = (element, text) => {
    const [own] = colours(getComputedStyle(element).color);
    const found = Math.min(...behind(element).map((under) => ratio(luminance(over(own, under)), luminance(under))));
    least = { ...(found < least.ratio ? { ratio: found, text } : least), texts: least.texts + 1 };
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    if (node.textContent.trim() && node.parentElement.checkVisibility()) consider(node.parentElement, node.textContent.trim());
  }
  for (const input of document.querySelectorAll("input:not([type=hidden])")) consider(input, input.name);
  return least;
}
