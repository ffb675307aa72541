import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
conn, address = s.accept()
word = conn.recv(3)
conn.sendall(b"200 fine\n" if word == b"GET" else b"400 what?\n")
conn.close()
