--- Declarations of the public API, for editors and `orch-lua help api`; never required.
--
-- The annotations are those of the Lua language server.  Point `workspace.library` to the
-- folder `lua` above this file.  tests/lua/types_spec.lua compares them with the library.
-- `Guide:` names the section of the guide "Codex orchestration" that a call follows.
-- All times are milliseconds unless a name says otherwise; all sizes are bytes.
---@meta orch
-- luacheck: ignore 212 241 431

-- ── what scripts call ───────────────────────────────────────────────────────

--- What `require "orch"` returns.  Calls that look blocking wait without holding other
--- tasks up.  A mistake in a call is an error on the script's line; what the world does
--- is a failure (orch.failure).
---@class orch
---@field reply orch.reply_types what workers answer; all that a template sees of it
local orch = {}

--- Ask a worker in a role, and wait for its reply.  The role is the name of a template:
--- the pack's own first, then orch-lua's.  A refused reply is asked for once more, report
--- only; a lost worker that only reads is run once again.
--- Errors: an unknown role or field, a missing one.  Raises the worker's failure.
--- Guide: "Worker prompt templates", "Capturing worker output".
---@param role string the template's name, such as "reviewer"
---@param fields? orch.ask_fields the template's fields, and those of every ask
---@return orch.reply reply
function orch.ask(role, fields) end

--- Like orch.ask, but a failure of the worker is returned instead of raised.
--- Errors: an unknown role or field, a missing one.
---@param role string the template's name
---@param fields? orch.ask_fields the template's fields, and those of every ask
---@return orch.reply? reply nil when it failed
---@return orch.failure? failure why
function orch.try(role, fields) end

--- Start a worker and go on.  It belongs to the task that started it, and is stopped when
--- that task ends; `local w <close> = orch.start(...)` stops it earlier.
--- Errors: an unknown role or field, a missing one.
--- Guide: "Blocking vs non-blocking", "Stopping jobs".
---@param role string the template's name
---@param fields? orch.ask_fields the template's fields, and those of every ask
---@return orch.worker worker
function orch.start(role, fields) end

--- Call a function for every item at once and wait for all of them.  The others finish
--- when one fails, for they are paid for; then the first failure in the list's order is
--- raised.
--- Errors: no list or no function.  Raises the first failure.
--- Guide: "Parallelism".
---@generic T, R
---@param list T[] the items
---@param fn fun(item: T, index: integer): R called once for each, in a task of its own
---@return R[] results in the order of the list
function orch.all(list, fn) end

--- Call a function for every item at once and take what can be had.  A result of nil
--- counts as true.
--- Errors: no list or no function, a mistake inside the function.  Raises the first
--- failure when all have failed.
--- Guide: "Pattern A: Triangulated review".
---@generic T, R
---@param list T[] the items
---@param fn fun(item: T, index: integer): R called once for each, in a task of its own
---@return R[] results of those that did not fail, dense and in order
---@return orch.failure[] failures of the others, with `.item` and `.index`
function orch.each(list, fn) end

--- Take the first result of a function called for every item at once, and stop the
--- others.
--- Errors: an empty list, no function, a mistake inside it.  Raises the first item's
--- failure when all have failed.
---@generic T, R
---@param list T[] the items
---@param fn fun(item: T, index: integer): R called once for each, in a task of its own
---@return R result
---@return integer index of the item that was first
function orch.race(list, fn) end

--- Verify that something holds: run the check, ask the template `verifier`, judge both.
--- A failed check is never a pass, and neither is a pass without evidence.  It always
--- answers: a verifier that could not run gives "unverified".
--- Errors: neither `success` nor `check`, unknown fields.
--- Guide: "Verifier worker".
---@param fields orch.verify_fields what must hold
---@return orch.verdict verdict
---@return orch.failure? failure of the verifier, where it could not say
function orch.verify(fields) end

--- Run a command line in a shell as evidence.  It is given 30 minutes; one that fails is
--- evidence, too.
--- Errors: an empty command.  Raises a failure of cause "start" or "disk".
---@param command string for /bin/sh
---@return orch.evidence evidence
function orch.check(command) end

--- Look at a file or folder before anybody is asked about it.
--- Errors: no such file or folder.
--- Guide: "Orchestrator habits".
---@param path string seen from the folder in which orch-lua was started
---@return orch.outline outline
function orch.skim(path) end

--- Declare the options of the script and read them from its command line: a table of
--- `name = { help, default, optional =, list =, min =, max = }`.  The kind follows from
--- the default: text, number, flag (a boolean) or list; a missing default is a required
--- option.
--- Errors: a wrong declaration.  A wrong command line ends the run with exit code 2.
---@param declared table<string, orch.option>
---@return table<string, any> values by name
function orch.options(declared) end

--- Begin the plan of the run: 3 to 6 steps of one sentence with at most 80 bytes, exactly
--- one of them in progress.  Work of one or two steps has no plan; that of a run in which
--- skim found nothing but what is trivial is neither shown nor delivered.
--- Errors: a broken rule, a second plan.
--- Guide: "Planning with update_plan".
---@param steps (string | orch.step)[] sentences, or { step =, status = }
---@return orch.plan plan
function orch.plan(steps) end

--- Make a Context Pack, what workers cannot infer; every part is optional and a text or a
--- list of texts; at most 16 KiB in all.  A text is read as Markdown.
--- Errors: an unknown part, too much text.
--- Guide: "Context Pack".
---@param parts orch.context_parts | string
---@return orch.context context
function orch.context(parts) end

--- Merge the findings of replies into one ranked list: duplicates are removed by place
--- and words, votes counted, every source kept.
--- Errors: a reply without findings, a finding without a title, an unknown severity.
--- Guide: "Pattern A: Triangulated review".
---@param replies (orch.reply | orch.finding[])[] replies, lists of findings, or one list
---@return orch.findings findings
function orch.findings(replies) end

--- Number what researchers claim, with their sources; a claim without one is marked.
--- Claims are never merged, sources are when they are one place.
--- Errors: a reply without points.
--- Guide: "Pattern E: Research -> synthesis -> next actions".
---@param replies orch.reply[] of `orch.reply.research`
---@return orch.points points
function orch.points(replies) end

--- Slices of a task that different workers may edit at once.
--- Errors: two slices share or contain a path, a path may not be edited or is outside of
--- `within`.
--- Guide: "Pattern D: Split by sections".
---@param list (string | string[] | orch.slice)[] paths, lists of paths, a scout's slices
---@param within? string the path in which all must lie
---@return orch.slices slices
function orch.slices(list, within) end

--- How much two texts say the same: the share of words in common.
---@param a string
---@param b string
---@return number share from 0 to 1
function orch.similar(a, b) end

--- Deliver the one result of the run: Markdown on standard output, or JSON with --json,
--- kept in the run's folder.  The changes, the failures and an unfinished plan are added.
--- Errors: no `result` or `next_step`, a worker's whole raw message in a field, a second
--- call.  Raises a failure of cause "disk" or "output".
--- Guide: "Boss rule".
---@param fields orch.deliver_fields
---@return table data as result.json holds it
function orch.deliver(fields) end

--- Run a command in a session of its own.  Returns when it has ended or `yield_time_ms`
--- have passed; it then goes on under its `session_id`.
--- Errors: unknown or contradicting fields.  Raises a failure of cause "start" or "disk".
--- Guide: "Background PTY terminals (exec_command + write_stdin)".
---@param fields orch.exec_command_fields
---@return orch.output output
function orch.exec_command(fields) end

--- Type into a running session, or only poll it; "\3" interrupts it.
--- Errors: unknown fields, an id that is not known (it is forgotten once the exit was
--- told), a session that reads no terminal, a line of more than 4095 bytes.
--- Guide: "Background PTY terminals (exec_command + write_stdin)".
---@param fields orch.write_stdin_fields
---@return orch.output output
function orch.write_stdin(fields) end

--- Wait for the first event of any of several sessions.  The end of a session is an event
--- for every kind of wait.
--- Errors: no session, unknown fields.
--- Guide: "Background PTY terminals (exec_command + write_stdin)".
---@param sessions orch.session | integer | (orch.session | integer)[] or their ids
---@param options? orch.wait_options
---@return orch.event? event nil when the time was over
---@return "timeout"? problem
function orch.wait(sessions, options) end

--- The sessions of this engine: those that live and the latest that ended.
---@return orch.session[] sessions oldest first
function orch.sessions() end

--- Let other tasks go on for some time.
---@param ms number milliseconds
function orch.sleep(ms) end

--- Whether a value is a failure, and not a mistake of the script.
---@param value any such as pcall returns
---@return boolean is_failure
function orch.failure(value) end

--- Run a function with tasks, in a plain Lua program; orch-lua does so itself for
--- scripts.
--- Raises what the function raises.
---@param fn fun(): any
---@param options? { loose: boolean? } loose: sessions outlive it
---@return any value
function orch.main(fn, options) end

-- ── what they take ──────────────────────────────────────────────────────────

--- The fields of every ask, beside those that the template declares.
---@class orch.ask_fields
---@field context? orch.context | orch.context_parts | string in place of --context
---@field edit? string | string[] the paths that a worker may edit whose template edits
---@field material? any more to read: a text, findings, a verdict, or a list of such
---@field reply? orch.reply_type instead of the template's
---@field agent? string the agent's name; --agent on the command line wins
---@field deadline_ms? number milliseconds; 60 minutes if not given
---@field [string] any the template's own fields

---@class orch.verify_fields
---@field success? any what must hold: findings, a text
---@field check? string a command line that must pass
---@field before? orch.evidence the evidence of the same check from before the changes
---@field context? orch.context | orch.context_parts | string
---@field material? any
---@field agent? string
---@field deadline_ms? number milliseconds

---@class orch.deliver_fields
---@field result string what came out
---@field next_step string the one thing to do next
---@field findings? orch.findings
---@field verdict? orch.verdict it decides the exit code: 0 for pass, else 1
---@field partial? boolean ends the run with exit code 4
---@field [string] any other sections: a text, a value that writes itself, a list of such

---@class orch.option
---@field [1] string one line of help
---@field [2]? string | number | boolean | any[] the default
---@field optional? boolean no default, and not required
---@field list? boolean takes a list even without a default
---@field min? number of a number, or of the items of a list
---@field max? number of a number, or of the items of a list

---@class orch.step
---@field step string the sentence
---@field status? "pending" | "in_progress" | "completed"

---@class orch.context_parts
---@field goal? string | string[]
---@field non_goals? string | string[]
---@field constraints? string | string[]
---@field pointers? string | string[] paths and links, `path - what it is`
---@field prior_decisions? string | string[]
---@field success_check? string | string[]
---@field style? string | string[] "apa7" stands for the note on scholarly text

---@class orch.exec_command_fields
---@field cmd? string a command line for the shell; either this
---@field argv? string[] or the words of a command
---@field workdir? string seen from the folder in which orch-lua was started
---@field env? table<string, string | false> added variables; false takes one away
---@field tty? boolean a terminal, the default; false: one pipe
---@field stdin? "tty" | { file: string } | { text: string } nothing if not given
---@field stderr? "merge" | "file" merged into the output by default
---@field name? string a label
---@field rows? integer of the terminal, 24
---@field cols? integer of the terminal, 80
---@field yield_time_ms? number how long to wait for its end, 10000
---@field max_output_tokens? integer how much output to return, 10000; a token is 4 bytes
---@field deadline_ms? number it is ended then; 0, the default, is never
---@field on_leader_exit? "kill" | "keep" what becomes of processes it leaves behind

---@class orch.write_stdin_fields
---@field session_id integer
---@field chars? string what to type; "" only polls
---@field yield_time_ms? number how long to wait, 250
---@field max_output_tokens? integer how much output to return, 10000

---@class orch.wait_options
--- "exit" (the default), "output" past what was told, "idle", { file = path }, or a Lua
--- or lpeg pattern in the output
---@field on? string | { file: string } | userdata
---@field timeout_ms? number milliseconds; for ever if not given
---@field idle_ms? number milliseconds without output that are idle, 1000
---@field from? integer the byte of the transcript from which to look

-- ── what they return ────────────────────────────────────────────────────────

--- What a worker answered: the fields that its reply type declares (see
--- orch.reply_types), and these.  It may go into any field of another worker, as
--- material.
---@class orch.reply
---@field text string the worker's message, whole
---@field label string such as "W1 Reviewer"
---@field role string the template's name
---@field findings? orch.findings a reviewer's, ranked; a verifier's are marks by id
---@field [string] any

--- A list of findings, most severe first.  The lists that `top` and `open` return hold
--- the same findings, so what is settled in one shows in all.
---@class orch.findings
---@field [integer] orch.finding
local findings = {}

--- The highest ranked findings.
---@param n? integer how many; all if not given
---@return orch.findings
function findings:top(n) end

--- The findings that are not known to be fixed.
---@return orch.findings
function findings:open() end

--- Take over what a verdict says of each finding, and the problems it found.  Only
--- evidence makes a finding fixed; one that it does not mention is unverified.
---@param verdict orch.verdict
---@return string? reason to stop; nil when another round makes sense
function findings:settle(verdict) end

--- Sum them up in one sentence: how many, how severe, what became of them.
---@return string
function findings:summary() end

--- A numbered Markdown list for people; "" when there are none.
---@return string
function findings:markdown() end

--- Plain tables without methods, as JSON wants them.
---@return table[]
function findings:plain() end

---@class orch.finding
---@field id string "F1" and so on, by first rank; never reused in a run
---@field severity "critical" | "high" | "medium" | "low" material is medium and above
---@field title string
---@field path? string
---@field line? integer
---@field last_line? integer of a range
---@field where? string path:line
---@field evidence string "" if nobody gave any
---@field fix string "" if nobody gave one
---@field sources string[] labels of those who said it
---@field said table[] what each said: { source, severity, title, evidence, fix }
---@field votes integer
---@field state "new" | "open" | "fixed" | "reopened" | "unverified"
---@field proof? string the verifier's evidence
---@field was_fixed? boolean whether it has ever been fixed

--- The answer of a verification.  It may go into any field of a worker.
---@class orch.verdict
---@field state "pass" | "fail" | "unverified"
---@field reason? string a sentence
---@field evidence string[] what was run or read, and what it showed
---@field findings table<string, orch.mark> by id
---@field problems orch.finding[] what the verifier found besides
---@field next_step string

--- What a verifier says of one finding.
---@class orch.mark
---@field state "fixed" | "open" | "unverified"
---@field evidence? string

--- How a command ended.  It may go into any field of a worker.
---@class orch.evidence
---@field command string
---@field pass boolean whether it exited with 0
---@field code? integer nil when it was killed by a signal
---@field seconds number
---@field reason? string why it is no pass
---@field tail string the last 4000 bytes of its output, cleaned
---@field folder? string where its transcript is

--- A first look at a file or folder.  It may go into any field of a worker, and stands
--- for the path there.
---@class orch.outline
---@field path string
---@field text string headings and definitions with their lines, or the entries
---@field trivial boolean so short that no plan and no context are needed
---@field bytes integer
---@field lines? integer of a file; 0 when it is no text
---@field folder? boolean

---@alias orch.failure_state
---| "failed"
---| "blocked"      # it asks something
---| "limited"      # a quota or an overload
---| "over_budget"
---| "timed_out"
---| "stopped"
---| "lost"         # no record of its end, and nobody who could make one

---@alias orch.session_state
---| "queued"
---| "running"
---| "exited"       # by itself, whatever the code
---| "stopped"
---| "timed_out"
---| "failed"       # it could not start, or the disk is full
---| "lost"

--- Why something could not be had.  `tostring` gives a sentence.
---@class orch.failure
---@field state orch.failure_state
--- auth, quota, overload, request, crash, no_message, bad_reply, scope, wrote, conflict,
--- disk, start, environment, output, usage or deadline
---@field cause? string
---@field reason string a sentence
---@field label? string whose it is
---@field folder? string where its files are
---@field paths? string[] of causes "scope", "wrote" and "conflict": what it is about
---@field patch? string the file that keeps what it changed
---@field patches? string[] of cause "conflict": its own, and those that were taken over
---@field undo? string the command that takes back what it changed
---@field transcript? string its path
---@field tail? string the last output, cleaned
---@field question? string of a worker that is blocked
---@field missing? string what a refused reply lacked
---@field reset? number seconds since 1970 at which a limit ends, where that was told
---@field budget? "workers" | "minutes" | "tokens" | "money" of state "over_budget"
---@field item? any of orch.each
---@field index? integer of orch.each

--- A worker that orch.start began.  A to-be-closed variable.
---@class orch.worker
---@field role string
local worker = {}

--- Wait for its reply.  Raises its failure.
---@return orch.reply reply
function worker:wait() end

--- How it stands, without waiting.
---@return string state "running", "ok", or the state of its failure
function worker:poll() end

--- Ask for its end and do not wait.  What it had is kept in its folder.
function worker:stop() end

--- The plan of a run.  Guide: "Planning with update_plan".
---@class orch.plan
local plan = {}

--- Complete the current step and begin the next one.  An error when the plan is complete.
function plan:next() end

--- Change direction.  Sentences that stay keep their status unless one is given.
--- Errors: as for orch.plan.
---@param steps (string | orch.step)[]
function plan:revise(steps) end

--- A copy of the steps.
---@return orch.step[]
function plan:steps() end

--- The step that is in progress.
---@return string? sentence nil when the plan is complete
---@return integer? number
function plan:current() end

--- Whether the plan is complete.
---@return boolean
function plan:done() end

--- A Context Pack, made by orch.context.
---@class orch.context
local context = {}

--- The whole pack as a brief holds it; "" for an empty one.
---@param write? fun(item: any, name: string): string how an item is written
---@return string
function context:text(write) end

--- One part as the pack writes it; "" if it is absent.
---@param name string such as "goal"
---@param write? fun(item: any, name: string): string how an item is written
---@return string
function context:part(name, write) end

--- The paths that the pack points to, each once.
---@return string[]
function context:paths() end

--- The paths among them that are not there.
---@param exists fun(path: string): boolean
---@return string[]
function context:missing(exists) end

--- What researchers claim, in the order of their replies.  It may go into any field of a
--- worker.
---@class orch.points
---@field [integer] orch.point
---@field sources orch.source[]
---@field disagreements string[] each with the label of who said it
---@field uncertainty string[] each with the label of who said it
local points = {}

--- The claims as texts, each with the numbers of its sources.
---@return string[]
function points:claims() end

--- The points that no source bears.
---@return orch.point[]
function points:unsourced() end

--- Sum them up in one sentence: how many claims, from how many sources.
---@return string
function points:summary() end

---@class orch.point
---@field id string "P1" and so on
---@field claim string
---@field sources orch.source[]
---@field by string the researcher's label

---@class orch.source
---@field id string "S1" and so on
---@field what string a title and where it is
---@field url? string
---@field why string why it matters

--- Slices that no two workers share.  It may go into any field of a worker.
---@class orch.slices
---@field [integer] orch.slice
---@field paths string[] of all slices

--- The paths of one slice; goes into `edit` as it is.
---@class orch.slice
---@field [integer] string
---@field what? string what it is, if somebody said so

--- What exec_command and write_stdin return.
---@class orch.output
---@field output string UTF-8 that was not told before, with a count of what is left out
---@field wall_time number seconds
---@field original_token_count integer of all that is new; a token is 4 bytes
---@field state orch.session_state
---@field reason? string
---@field exit_code? integer 128 and the number for a signal; nil while it runs
---@field session_id? integer while it runs
---@field signal? string such as "SIGKILL"
---@field next integer the byte of the transcript behind what was told
---@field dropped? integer bytes of the transcript that were not kept

--- What orch.wait saw first.
---@class orch.event
---@field session orch.session
---@field on "exit" | "output" | "idle" | "file" | "pattern"
---@field offset? integer the byte at which the output or the match begins
---@field match? string
---@field next? integer the byte behind the match
---@field path? string of a file

---@class orch.status
---@field state "queued" | "starting" | "running" | "exited" | "ended" | "lost"
---@field bytes integer of the transcript
---@field code? integer once it has ended
---@field signal? string once it has ended by one
---@field ended_by? "self" | "stop" | "deadline" | "lease" | "engine" | "disk" | "start"

--- One process beside its keeper, and all that it printed.  A to-be-closed variable.
---@class orch.session
---@field id integer
---@field name? string
---@field command string
---@field workdir string the folder in which the command runs
---@field folder string with transcript and exit record
---@field since number when it was started, in seconds since 1970
local session = {}

--- Bytes of the transcript; reading takes nothing away from another reader.
--- Raises a failure of cause "disk".
---@param offset? integer 0 if not given
---@param n? integer at most so many, 65536
---@return string bytes "" past the end
function session:read(offset, n) end

--- The last bytes of the transcript.
---@param n? integer 4096
---@return string bytes
function session:tail(n) end

--- Type into its terminal.  Waits while the process does not take its input.
---@param bytes string
---@return boolean done
---@return string? problem it has ended, or a line is too long
function session:write(bytes) end

--- Change the size of its terminal.
---@param rows integer
---@param cols integer
---@return boolean done
---@return string? problem
function session:resize(rows, cols) end

--- Send what Ctrl-C sends, ahead of all typed input.
---@return boolean done
---@return string? problem
function session:interrupt() end

--- End its whole process tree by the ladder (interrupt, terminate, kill) and wait.
---@param options? { grace_ms: number } for each of the first two steps; 3000 and 5000
---@return boolean done
---@return string? problem "not running"
function session:stop(options) end

--- Ask for the end of its whole process tree and do not wait.
function session:close() end

--- Wait for its end.
---@param ms? number at most so long; for ever if not given
---@return boolean ended
function session:settle(ms) end

--- How it stands.
---@return orch.session_state state
---@return string? reason
function session:outcome() end

--- The newest state of its process, as the keeper tells it.
---@return orch.status status
function session:refresh() end

---@package
---@return any
function session:source() end

---@package
---@return string
function session:start_error() end

-- ── replies ─────────────────────────────────────────────────────────────────

--- What a worker is asked to answer, and how that is read: the words of the OUTPUT
--- section, and a grammar.  `sample` is a valid reply, which dry runs and tests use.
---@class orch.reply_type
---@field text string
---@field grammar fun(text: string): table?, string? the reply, or nil and what is missing
---@field sample string

--- A kind of list items, for `read =` of a section.
---@class orch.item_kind
---@field lines string[] how it is asked for
---@field samples string[]
---@field read fun(text: string): any, string? the value, or nil and what is missing
---@field [string] any what else the grammar of lists needs

--- One section of a reply: its name in capitals, and what it holds.
---@class orch.section
---@field [1] string
---@field [2] string
---@field as? string the key in the reply; the name in small letters if not given
---@field optional? boolean
---@field line? boolean one line only
---@field one_of? string[] one of these words
---@field also? table<string, string> other spellings of them
---@field list? boolean
---@field min? integer items
---@field max? integer items
--- how a text or an item becomes a value: an item kind, an lpeg pattern, or a function
--- that returns the value, or nil and what is missing
---@field read? fun(text: string): any, string?
---@field item? string how one item is asked for
---@field sample? string | string[]

---@class orch.section_options
---@field check? fun(reply: table): boolean?, string? true, or nil and what is missing

--- The reply types, and what they are made of: `require "orch".reply`.
---@class orch.reply_types
---@field findings orch.reply_type a reviewer's: `.findings`, `.rewrite`
--- an implementer's: `.changed`, `.where`, `.reproduce`, `.risks`
---@field changes orch.reply_type
--- a verifier's: `.verdict`, `.evidence`, `.findings` by id, `.problems`, `.next_step`
---@field verdict orch.reply_type
--- any other worker's: `.result`, `.evidence`, `.next_step`
---@field report orch.reply_type
---@field map orch.reply_type a scout's: `.map`
---@field slices orch.reply_type a scout's that divides work: `.slices`
--- a researcher's: `.points`, `.sources`, `.disagreements`, `.uncertainty`
---@field research orch.reply_type
--- a drafter's: `.title`, `.approach`, `.trade_offs`, `.risks`
---@field option orch.reply_type
--- a synthesiser's: `.decision`, `.chosen`, `.pointers`, `.constraints`,
--- `.success_check`, `.next_step`
---@field approach orch.reply_type
---@field anything orch.reply_type any text: `.result`
---@field finding orch.item_kind `1. [high] src/x.c:120 Title`, with Evidence and Fix
---@field place orch.item_kind `path - what`
---@field mark orch.item_kind `F1: fixed - evidence`
---@field slice orch.item_kind `path, path - what`
---@field claim orch.item_kind `1. claim [S1, S2]`
---@field source orch.item_kind `S1: title, URL - why it matters`
local reply_types = {}

--- Make a reply type: the text that asks for it, the grammar that reads it and the sample
--- come from one list, so they cannot drift apart.
--- Errors: a wrong section; a sample that the grammar refuses.
---@param list orch.section[]
---@param options? orch.section_options
---@return orch.reply_type
function reply_types.sections(list, options) end

--- A synthesiser's brief to decide on; its reasons name points: `.answer`, `.reasons`,
--- `.disagreements`, `.uncertainty`, `.actions`.
---@param points orch.points
---@return orch.reply_type
function reply_types.decision(points) end

--- A synthesiser's choice among options: `.choice`, `.chosen`, `.scores`, `.why`,
--- `.refined`, `.risks`, `.next_step`.
---@param options orch.reply[] of `orch.reply.option`
---@return orch.reply_type
function reply_types.choice(options) end

--- What a reply asks that is nothing but a line with QUESTION and a colon.
---@param text string
---@return string? question
function reply_types.question(text) end

return orch
