// What the drivers in JavaScript share. A driver uses one client that others
// wrote and says on standard output, one JSON object a line, what came of it;
// the Go test beside it judges. A line with "open" or "device" asks the test to
// send a person to a page.
import { readFileSync } from "node:fs";
import { X509Certificate } from "node:crypto";

// sandbox is what `hdstest sandbox --info` wrote.
export const sandbox = JSON.parse(readFileSync(process.env.HDSTEST_INFO, "utf8"));

const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

// open sends a person to a sign-in address.
export const open = (url) => say({ open: url });

// device sends a person to the page for user codes, to accept or to decline.
export const device = (url, code, decline = false) => say({ device: { url, code, decline } });

// step runs one use of the client and reports its value or its failure.
export async function step(name, run) {
  try {
    say({ step: name, value: (await run()) ?? null });
  } catch (e) {
    say({ step: name, error: failure(e) });
  }
}

// failure keeps what the clients' errors carry, whatever their class.
function failure(e) {
  const answer = e.errorResponse ?? {};
  return {
    class: e.name ?? e.constructor?.name,
    code: e.errorCode ?? e.code ?? answer.error ?? "",
    message: String(e.message ?? e),
    status: e.statusCode ?? e.status ?? e.response?.status ?? 0,
    body: e.response?.data ?? e.body ?? null,
    headers: e.config?.headers instanceof Headers ? Object.fromEntries(e.config.headers) : null,
  };
}

// claims reads a token without judging it.
export const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

// header reads a token's header.
export const header = (token) => JSON.parse(Buffer.from(token.split(".")[0], "base64url"));

// certificate reads a PEM file with a key and a certificate.
export function certificate(file) {
  const pem = readFileSync(file, "utf8");
  const block = (kind) => pem.match(new RegExp(`-----BEGIN ${kind}-----[^-]+-----END ${kind}-----`))[0];
  const leaf = new X509Certificate(block("CERTIFICATE"));
  const hex = (print) => print.replaceAll(":", "");
  return {
    key: block("PRIVATE KEY"),
    leaf: block("CERTIFICATE"),
    sha1: hex(leaf.fingerprint),
    sha256: hex(leaf.fingerprint256),
  };
}
