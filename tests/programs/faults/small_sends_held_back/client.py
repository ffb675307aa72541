import socket

s = socket.socket()
s.connect(("server", 12345))
# Often: where the machine is busy, the second send of a pair may come when the wait is nearly over.
for question in [b"what is it", b"and what else", b"is that all"] * 5:
    s.sendall(b"%4d" % len(question))
    s.sendall(question)
    size = int(s.recv(4, socket.MSG_WAITALL))
    print(s.recv(size, socket.MSG_WAITALL).decode())
s.close()
