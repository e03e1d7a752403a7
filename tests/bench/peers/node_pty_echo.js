// node_pty_echo.js COUNT CHILD LIBRARY - a byte there and back with node-pty.
const [count, child, library] = process.argv.slice(2)
const pty = require(library)
const times = []
let began, round = -200, ready = false

function type() {
  began = process.hrtime.bigint()
  terminal.write('x')
}

const terminal = pty.spawn(child, ['echo'], {})
terminal.onData((data) => {
  if (ready && round++ >= 0) times.push(Number(process.hrtime.bigint() - began) / 1000)
  ready = ready || data.includes('ready')
  if (round < Number(count)) return type()
  times.sort((a, b) => a - b)
  const at = (share) => times[Math.floor(times.length * share)]
  console.log(JSON.stringify({ p50_us: at(0.5), p99_us: at(0.99) }))
  terminal.kill('SIGKILL')
  process.exit(0)
})
