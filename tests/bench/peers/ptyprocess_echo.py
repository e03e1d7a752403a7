# ptyprocess_echo.py COUNT CHILD - a byte there and back with ptyprocess, which blocks.
import json, sys, time
from ptyprocess import PtyProcess

count, child = int(sys.argv[1]), sys.argv[2]
process = PtyProcess.spawn([child, "echo"], echo=False)
greeting = b""
while b"\n" not in greeting:
    greeting += process.read()
times = []
for i in range(-200, count):
    began = time.monotonic()
    process.write(b"x")
    process.read(1)
    if i >= 0:
        times.append((time.monotonic() - began) * 1e6)
process.terminate(force=True)
times.sort()
print(json.dumps({"p50_us": times[count // 2], "p99_us": times[count * 99 // 100]}))
