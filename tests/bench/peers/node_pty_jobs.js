// node_pty_jobs.js COUNT CHILD LIBRARY - trivial captured jobs with node-pty, 64 at once.
const [count, child, library] = process.argv.slice(2)
const pty = require(library)
let started = 0, done = 0, lost = 0
const began = process.hrtime.bigint()

function start() {
  if (started === Number(count)) return
  started++
  let captured = ''
  const terminal = pty.spawn(child, ['hi'], {})
  terminal.onData((data) => { captured += data })
  terminal.onExit(({ exitCode }) => {
    if (exitCode !== 0 || captured.trim() !== 'hi') lost++
    done++
    if (done < Number(count)) return start()
    const rate = done / (Number(process.hrtime.bigint() - began) / 1e9)
    console.log(JSON.stringify({ rate, lost }))
    process.exit(0)
  })
}

for (let i = 0; i < 64; i++) start()
