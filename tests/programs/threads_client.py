import socket
import threading


def ask(words):
    with socket.create_connection(("server", 12345)) as s, s.makefile("rw") as lines:
        for word in words:
            lines.write(word + "\n")
            lines.flush()
            print(lines.readline().strip())


threads = [threading.Thread(target=ask, args=[[name, "你好"]]) for name in ("anna", "bo", "cy")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
