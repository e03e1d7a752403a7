# pexpect_jobs.py COUNT CHILD - trivial captured jobs with pexpect, 64 at once.
import collections, json, sys, time
import pexpect

count, child, at_once = int(sys.argv[1]), sys.argv[2], 64
running, started = collections.deque(), 0
began = time.monotonic()
while started < count or running:
    while started < count and len(running) < at_once:
        running.append(pexpect.spawn(child, ["hi"], echo=False))
        running[-1].ptyproc.delayafterclose = 0  # 0.1 s otherwise
        started += 1
    process = running.popleft()
    process.expect(pexpect.EOF)
    assert process.before.strip() == b"hi"
    process.close()
    assert process.exitstatus == 0
print(json.dumps({"rate": count / (time.monotonic() - began)}))
