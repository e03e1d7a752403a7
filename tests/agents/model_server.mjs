// model_server.mjs RULES FOLDER - a scripted model on loopback, for the real agent CLIs.
//
// It speaks the streaming Responses API (codex) and the streaming Messages API (claude),
// writes its port to FOLDER/port and one JSON line per request to FOLDER/requests, and
// ends on SIGTERM.  RULES is a JSON file, a list of
//
//   { "when": "text" or ["all", "of", "these"], "api": "responses" or "messages" (any
//     without it), "steps": [STEP, ...] }
//
// The first rule whose texts are in the last user prompt answers; step k answers the
// request that carries k rounds of tool results after that prompt, and the last step
// repeats.  So the server keeps no state but the counts of `times`.
//
//   { "text": "the reply" }          {{sha256}} in it is the prompt's, as it came here
//   { "shell": "a command" }         run it with the shell tool that the client offers
//   { "tool": { "name": "Write", "args": {} } }      call a tool by its name
//   "usage": [input, cached, output]                 of this request; [100, 0, 20]
//   "meet": ["name", 3]              wait until three requests of that name are there
//   "fault": "http", "status": 429, "retry_after": 1, "message": "...", "headers": {},
//       "body": {}                   the whole body instead of one with the message
//   "fault": "failed", "code": "...", "message": "..."      an error within the stream
//   "fault": "cut"                   the connection drops after the first events
//   "fault": "hang"                  nothing comes after the first events
//   "fault": "garbage"               a stream whose events are no JSON
//   "times": 2                       the fault is given that often, then the step's reply

import http from "node:http";
import fs from "node:fs";
import crypto from "node:crypto";

const [rulesFile, folder] = process.argv.slice(2);
const rules = JSON.parse(fs.readFileSync(rulesFile, "utf8"));
const faultsGiven = new Map();
const meetings = new Map(); // name -> what waits there
let open = 0; // requests that are being answered

const unique = (prefix) => `${prefix}_${crypto.randomBytes(8).toString("hex")}`;
const list = (value) => (value === undefined ? [] : [].concat(value));

// ── what was asked: { prompt, rounds, prompts, tools, conversation } ──────────

const blocks = (content) =>
  typeof content === "string" ? [{ type: "text", text: content }] : content ?? [];
// What the CLIs themselves put beside the user's words.
const isNote = (text) => /^\s*<(system-reminder|environment_context)>/.test(text);

// Both APIs carry the whole conversation; *isResult* tells a tool's result from words.
function conversationOf(items, isResult) {
  const words = (item) =>
    item.role !== "user" ? "" : blocks(item.content)
      .filter((part) => part.text !== undefined && !isNote(part.text))
      .map((part) => part.text).join("\n");
  const last = items.findLastIndex((item) => words(item) !== "");
  return {
    prompt: last < 0 ? "" : words(items[last]),
    prompts: items.filter((item) => words(item) !== "").length,
    rounds: items.slice(last + 1).filter(isResult).length,
    results: items.slice(last + 1).filter(isResult),
  };
}

const apis = {
  "/v1/responses": {
    read: (body, headers) => ({
      ...conversationOf(body.input, (item) => /_call_output$/.test(item.type ?? "")),
      tools: (body.tools ?? []).map((tool) => tool.name ?? tool.type),
      authorized: Boolean(headers.authorization),
      conversation: body.prompt_cache_key,
    }),
    write: responsesEvents,
    failed: (code, message) => ["response.failed",
      { response: { id: unique("resp"), status: "failed", error: { code, message } } }],
    error: (status, message) => ({ error: { message, type: `http_${status}` } }),
  },
  "/v1/messages": {
    read: (body, headers) => ({
      ...conversationOf(body.messages, (item) =>
        blocks(item.content).some((part) => part.type === "tool_result")),
      tools: (body.tools ?? []).map((tool) => tool.name),
      authorized: Boolean(headers["x-api-key"] ?? headers.authorization),
    conversation: headers["x-claude-code-session-id"],
    }),
    write: messagesEvents,
    failed: (code, message) => ["error", { error: { type: code, message } }],
    error: (status, message) => ({ type: "error", error: {
      type: status === 429 ? "rate_limit_error" : status === 401 ? "authentication_error"
        : status === 529 ? "overloaded_error" : status < 500 ? "invalid_request_error"
        : "api_error", message } }),
  },
};

// ── what is answered ──────────────────────────────────────────────────────────

const SHELLS = {
  exec_command: (command) => ({ cmd: command }),
  Bash: (command) => ({ command, description: "a step of a test" }),
};

// The one tool call of a step, or nothing.
function callOf(step, tools) {
  if (step.tool) return step.tool;
  if (step.shell === undefined) return undefined;
  const name = Object.keys(SHELLS).find((shell) => tools.includes(shell)) ?? "Bash";
  return { name, args: SHELLS[name](step.shell) };
}

function responsesEvents(text, call, [input, cached, output], model) {
  const response = { id: unique("resp"), object: "response", model, output: [] };
  const started = { ...response, status: "in_progress" };
  const events = [["response.created", { response: started }]];
  const item = call
    ? { type: "function_call", id: unique("fc"), call_id: unique("call"),
        status: "completed", name: call.name, arguments: JSON.stringify(call.args) }
    : { type: "message", id: unique("msg"), role: "assistant", status: "completed",
        content: [{ type: "output_text", text, annotations: [] }] };
  events.push(["response.output_item.done", { output_index: 0, item }]);
  events.push(["response.completed", { response: { ...response, status: "completed",
    output: [item], usage: { input_tokens: input, output_tokens: output,
      input_tokens_details: { cached_tokens: cached }, total_tokens: input + output,
      output_tokens_details: { reasoning_tokens: 0 } } } }]);
  return events;
}

function messagesEvents(text, call, [input, cached, output], model) {
  const usage = { input_tokens: input, cache_read_input_tokens: cached,
    cache_creation_input_tokens: 0, output_tokens: 1 };
  const start = call
    ? { type: "tool_use", id: unique("toolu"), name: call.name, input: {} }
    : { type: "text", text: "" };
  const delta = call
    ? { type: "input_json_delta", partial_json: JSON.stringify(call.args) }
    : { type: "text_delta", text };
  return [
    ["message_start", { message: { id: unique("msg"), type: "message", role: "assistant",
      model, content: [], stop_reason: null, stop_sequence: null, usage } }],
    ["content_block_start", { index: 0, content_block: start }],
    ["content_block_delta", { index: 0, delta }],
    ["content_block_stop", { index: 0 }],
    ["message_delta", { delta: { stop_reason: call ? "tool_use" : "end_turn",
      stop_sequence: null }, usage: { output_tokens: output } }],
    ["message_stop", {}],
  ];
}

function stepOf(asked) {
  const fits = ({ when, api }) => (!api || asked.path === `/v1/${api}`)
    && list(when).every((text) => asked.prompt.includes(text));
  const rule = rules.find(fits);
  const steps = rule?.steps ?? [{ text: "No rule answers this." }];
  return steps[Math.min(asked.rounds, steps.length - 1)];
}

function faultOf(step) {
  const given = faultsGiven.get(step) ?? 0;
  if (!step.fault || given >= (step.times ?? Infinity)) return undefined;
  faultsGiven.set(step, given + 1);
  return step.fault;
}

function refuse(response, api, step) {
  const status = step.status ?? 500;
  const headers = { "content-type": "application/json", ...step.headers };
  if (step.retry_after !== undefined) headers["retry-after"] = String(step.retry_after);
  response.writeHead(status, headers);
  const message = step.message ?? `status ${status} by a test`;
  response.end(JSON.stringify(step.body ?? api.error(status, message)));
}

// Call *go* when all who meet in this step are there; who comes later need not wait.
function meet(step, go) {
  if (!step.meet) return go();
  const [name, count] = step.meet;
  if (!meetings.has(name)) meetings.set(name, []);
  const there = meetings.get(name);
  there.push(go);
  if (there.length === count) there.forEach((each) => each());
  else if (there.length > count) go();
}

function answer(response, api, asked, model, step) {
  const fault = faultOf(step);
  if (fault === "http") return refuse(response, api, step);
  const text = (step.text ?? "").replaceAll("{{sha256}}", asked.sha256);
  const usage = step.usage ?? [100, 0, 20];
  const events = api.write(text, callOf(step, asked.tools), usage, model);
  response.writeHead(200, { "content-type": "text/event-stream" });
  if (fault === "garbage") return response.end("data: {this is no JSON\n\n");
  const sent = fault ? events.slice(0, 1) : events;
  if (fault === "failed") sent.push(api.failed(step.code, step.message));
  for (const [type, data] of sent)
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  if (fault === "cut") setTimeout(() => response.destroy(), 20);
  else if (fault !== "hang") response.end();
}

// ── the server ────────────────────────────────────────────────────────────────

const log = (entry) =>
  fs.appendFileSync(`${folder}/requests`, JSON.stringify(entry) + "\n");

async function handle(request, response) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const path = new URL(request.url, "http://model").pathname;
  const api = request.method === "POST" && apis[path];
  if (!api) {
    log({ path, unknown: true });
    response.writeHead(404, { "content-type": "application/json" });
    return response.end('{"error":{"message":"a test serves no such path"}}');
  }
  const body = JSON.parse(Buffer.concat(parts).toString("utf8"));
  const asked = { path, ...api.read(body, request.headers) };
  asked.sha256 = crypto.createHash("sha256").update(asked.prompt).digest("hex");
  response.on("close", () => { open -= 1; });
  open += 1;
  log({ ...asked, bytes: Buffer.byteLength(asked.prompt), open,
    prompt: asked.prompt.slice(0, 300), model: body.model });
  // A side request of the CLI's own (a title, a check of the quota) offers no tools.
  const step = asked.tools.length === 0 ? { text: "ok" } : stepOf(asked);
  meet(step, () => answer(response, api, asked, body.model, step));
}

const server = http.createServer((request, response) => {
  handle(request, response).catch((error) => {
    log({ path: request.url, error: String(error.stack) });
    response.destroy();
  });
});
server.listen(0, "127.0.0.1", () => {
  fs.writeFileSync(`${folder}/port.new`, `${server.address().port}\n`);
  fs.renameSync(`${folder}/port.new`, `${folder}/port`);
});
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
