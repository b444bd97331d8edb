// Reads reports with the libraries of those for whom they are written, and says
// on standard output, as JSON, what they took from them.
// Usage: node reports.mjs tap|github|azure-pipelines FILE
import { readFileSync } from "node:fs";

const [form, file] = process.argv.slice(2);
const text = readFileSync(file, "utf8");
const lines = text.split("\n");

// tap: the parser of node-tap, which is strict here: a line that is no TAP counts
// as a failure.
async function tap() {
  const { Parser } = await import("tap-parser");
  const points = [];
  const extra = [];
  const results = await new Promise((resolve) => {
    const parser = new Parser({ strict: true }, resolve);
    parser.on("assert", (point) => points.push({ ok: point.ok, name: point.name, skip: point.skip || "", diag: point.diag || null }));
    parser.on("extra", (line) => extra.push(line));
    parser.end(text);
  });
  return { count: results.count, fail: results.fail, skip: results.skip, ok: results.ok, points, extra };
}

// github: each command is undone by the rules of the documentation and written
// again by GitHub's own library, which must give the same line.
async function github() {
  const core = await import("@actions/core");
  const undo = (s) => s.replace(/%0D/g, "\r").replace(/%0A/g, "\n").replace(/%3A/g, ":").replace(/%2C/g, ",").replace(/%25/g, "%");
  const write = process.stdout.write.bind(process.stdout);
  const out = [];
  for (const line of lines) {
    const m = /^::(error|warning|notice|add-mask)(?: ([^:]*))?::(.*)$/.exec(line);
    if (!m) continue;
    const properties = Object.fromEntries((m[2] ?? "").split(",").filter(Boolean).map((p) => [p.split("=")[0], undo(p.slice(p.indexOf("=") + 1))]));
    let again = "";
    process.stdout.write = (s) => { again += s; return true; };
    const { title, file, line: startLine } = properties;
    if (m[1] === "add-mask") core.setSecret(undo(m[3]));
    else core[m[1]](undo(m[3]), { title, file, startLine });
    process.stdout.write = write;
    out.push({ command: m[1], properties, message: undo(m[3]), same: again.trimEnd() === line });
  }
  return out;
}

// azure-pipelines: each command is read by the library of Azure's own tasks and
// written again.
async function azure() {
  const { commandFromString } = (await import("azure-pipelines-task-lib/taskcommand.js")).default;
  return lines.filter((line) => line.startsWith("##vso[")).map((line) => {
    const c = commandFromString(line);
    return { command: c.command, properties: c.properties, message: c.message, same: c.toString() === line };
  });
}

const value = await { tap, github, "azure-pipelines": azure }[form]();
process.stdout.write(JSON.stringify(value) + "\n");
