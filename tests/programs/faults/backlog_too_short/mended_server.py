import socket
import time

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen(128)
for _ in range(4):
    conn, address = s.accept()
    time.sleep(0.2)  # the work for this client
    conn.sendall(b"welcome")
    conn.close()
