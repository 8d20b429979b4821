// Receives Calendar's webhooks, and prints each notification once. Needs only Node.js 24.
// SECRET=whsec_… node receiver.ts

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const key = Buffer.from(process.env["SECRET"]!.replace(/^whsec_/, ""), "base64");
const seen = new Set<string>(); // A real receiver has a table with a unique key.

createServer(async (request, response) => {
  const body = Buffer.concat(await Array.fromAsync(request)).toString();
  const header = (name: string) => String(request.headers[`webhook-${name}`]);
  const content = `${header("id")}.${header("timestamp")}.${body}`;
  const signature = Buffer.from(`v1,${createHmac("sha256", key).update(content).digest("base64")}`);
  const isOurs = header("signature").split(" ").map((each) => Buffer.from(each))
    .some((each) => each.length === signature.length && timingSafeEqual(each, signature));
  const isNew = Math.abs(Date.now() / 1000 - Number(header("timestamp"))) < 300;
  if (isOurs && isNew && !seen.has(header("id"))) console.log(body);
  if (isOurs && isNew) seen.add(header("id"));
  response.writeHead(isOurs && isNew ? 204 : 400).end();
}).listen(Number(process.env["PORT"] ?? 8090), process.env["HOST"] ?? "127.0.0.1");
