import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
conn, address = s.accept()
while head := conn.recv(4, socket.MSG_WAITALL):
    question = conn.recv(int(head), socket.MSG_WAITALL)
    conn.sendall(b"%4d" % len(question) + question.upper())
conn.close()
