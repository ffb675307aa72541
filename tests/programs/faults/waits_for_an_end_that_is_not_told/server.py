import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
conn, address = s.accept()
question = b""
while part := conn.recv(1024):
    question += part
conn.sendall(question.upper())
conn.close()
