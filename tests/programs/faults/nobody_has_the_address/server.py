import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
s.settimeout(10)
try:
    conn, address = s.accept()
except TimeoutError:
    raise SystemExit
conn.sendall(b"welcome")
conn.close()
