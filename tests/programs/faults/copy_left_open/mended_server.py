import os
import signal
import socket

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
s = socket.create_server(("", 12345))
while True:
    conn, address = s.accept()
    if os.fork() == 0:
        s.close()
        conn.sendall(b"welcome")
        conn.close()
        os._exit(0)
    conn.close()
