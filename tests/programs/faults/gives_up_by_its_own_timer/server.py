import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
conn, address = s.accept()
question = b""
while not question.endswith(b"\n"):
    piece = conn.recv(1024)
    if not piece:
        break
    question += piece
else:
    conn.sendall(b"fine\n")
conn.close()
s.close()
