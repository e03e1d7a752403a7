# ptyprocess_jobs.py COUNT CHILD - trivial captured jobs with ptyprocess, 64 at once.
import json, selectors, sys, time
from ptyprocess import PtyProcess

count, child, at_once = int(sys.argv[1]), sys.argv[2], 64
selector = selectors.DefaultSelector()
started = done = 0


def start():
    global started
    started += 1
    process = PtyProcess.spawn([child, "hi"], echo=False)
    process.captured = b""
    process.delayafterclose = 0  # 0.1 s otherwise
    selector.register(process.fd, selectors.EVENT_READ, process)


def take(process):
    global done
    try:
        process.captured += process.read()
    except EOFError:
        selector.unregister(process.fd)
        assert process.wait() == 0 and process.captured.strip() == b"hi"
        process.close()
        done += 1
        if started < count:
            start()


began = time.monotonic()
while started < min(at_once, count):
    start()
while done < count:
    for key, _ in selector.select():
        take(key.data)
print(json.dumps({"rate": count / (time.monotonic() - began)}))
