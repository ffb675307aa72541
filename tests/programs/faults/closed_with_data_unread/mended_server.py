import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
conn, address = s.accept()
with conn, conn.makefile() as lines:
    request = lines.readline()
    conn.sendall(b"200 fine\n" if request.startswith("GET") else b"400 what?\n")
    lines.read()
